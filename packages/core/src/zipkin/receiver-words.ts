import type { ReceiverWords } from '../sending/explain-failure.ts';

/** What messages call the settings of the Zipkin exporter. It has fewer variables than OTLP's. */
export const zipkinWords: ReceiverWords = {
  usualPort: 9411,
  usualPath: '/api/v2/spans',
  address: 'OTEL_EXPORTER_ZIPKIN_ENDPOINT',
  headers: 'the headers option of zipkinExporter()',
  certificate: 'the certificate option of zipkinExporter()',
  format: 'the url option: Zipkin reads this JSON at /api/v2/spans',
};
