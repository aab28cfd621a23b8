// The first block of docs/opentelemetry.md.
import * as api from '@opentelemetry/api';
import { bridgeOpenTelemetry } from '@waymark/core/opentelemetry';

bridgeOpenTelemetry(api);
