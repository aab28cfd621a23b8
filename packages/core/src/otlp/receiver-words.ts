import type { ReceiverWords } from '../sending/explain-failure.ts';

/** What messages call the settings of the OTLP exporter. */
export const otlpWords: ReceiverWords = {
  usualPort: 4318,
  usualPath: '/v1/traces',
  address: 'OTEL_EXPORTER_OTLP_ENDPOINT',
  headers: 'OTEL_EXPORTER_OTLP_HEADERS',
  certificate: 'OTEL_EXPORTER_OTLP_CERTIFICATE',
  format: 'OTEL_EXPORTER_OTLP_PROTOCOL',
};
