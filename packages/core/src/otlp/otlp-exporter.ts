/** The OTLP/HTTP exporter: OTLP's encodings on the send queue that all exporters share. */

import type { SpanExporter } from '../exporter.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { Delivery } from '../sending/delivery.ts';
import { checkReceiver, showAddress } from '../sending/health-check.ts';
import {
  type Answer,
  createHttpPost,
  type HttpPostOptions,
  type PostResult,
  throughProxy,
} from '../sending/http-post.ts';
import { createSendQueue } from '../sending/send-queue.ts';
import { createSender } from '../sending/sender.ts';
import { readSettings } from '../settings/read-settings.ts';
import { version } from '../version.ts';
import { jsonFormat } from './json-format.ts';
import { type OtlpExporterOptions, resolveOtlpSettings } from './otlp-options.ts';
import { protobufFormat } from './protobuf-format.ts';
import { identifyBody, readErrorMessage, readPartialSuccess } from './read-answer.ts';
import { otlpWords } from './receiver-words.ts';

/**
 * Sends spans to an OpenTelemetry Collector, Jaeger, Tempo, or another receiver of OTLP over HTTP.
 *
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` or `WAYMARK_UNKNOWN_OPTION`, with the value and the remedy.
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 * @example
 * createTracer({ serviceName: 'orders', exporter: otlpExporter({ url: 'https://tempo.example.com/v1/traces' }) });
 */
export function otlpExporter(options: OtlpExporterOptions = {}): SpanExporter {
  const settings = readSettings('otlpExporter(options)', () => resolveOtlpSettings(options));
  const { batch, spool, warnings } = settings;
  const format = settings.protocol === 'http/json' ? jsonFormat : protobufFormat;
  const http: HttpPostOptions = {
    url: settings.url,
    headers: settings.headers,
    contentType: format.contentType,
    compression: settings.compression,
    userAgent: `OTel-OTLP-Exporter-Waymark/${version}`,
    // Both options limit one request: the exporter's and the batching's.
    timeoutMs: Math.min(settings.timeoutMs, batch.exportTimeoutMs),
    tls: { ca: settings.certificate, key: settings.clientKey, cert: settings.clientCertificate },
    proxy: settings.proxy,
    words: otlpWords,
    readErrorMessage,
    identifyBody,
  };

  function toDelivery(result: PostResult, spanCount: number): Delivery {
    if (!result.isAccepted) return { lostCount: spanCount, ...result };
    const { rejectedSpans, errorMessage } = readPartialSuccess(result);
    if (rejectedSpans <= 0) return { lostCount: 0, warning: errorMessage || result.doubt };
    const lostCount = Math.min(rejectedSpans, spanCount); // a wrong count must not make ours wrong
    return { lostCount, reason: 'rejected', message: errorMessage || `${lostCount} spans, no reason given` };
  }

  const queue = createSendQueue({
    name: 'otlp',
    batch,
    spool,
    format,
    warnings,
    ...createSender(createHttpPost(http), batch, toDelivery),
  });
  return {
    ...queue,
    origins: settings.origins,
    destination: showAddress(settings.url) + throughProxy(settings.proxy),
    healthCheck: (span: RecordingSpan, options) => checkReceiver({ http, format, readRejection }, span, options),
  };
}

/** Why the receiver rejected the span of a health check. */
function readRejection(answer: Answer): string | undefined {
  const { rejectedSpans, errorMessage } = readPartialSuccess(answer);
  return rejectedSpans > 0 ? errorMessage || 'no reason given' : undefined;
}
