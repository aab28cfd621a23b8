import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

export const toWaymark = new BatchSpanProcessor(new OTLPTraceExporter());
