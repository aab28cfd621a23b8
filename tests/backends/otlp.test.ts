// Everything that a span can hold, sent as OTLP, and read back from Jaeger and from what a Collector sends on.
import { backend, describeWith } from './backends.ts';
import { expectedSpans, readCollector, readJaeger } from './read-back.ts';
import { type Compression, type Format, sendEverySpan } from './senders.ts';

const forms: readonly (readonly [Format, Compression])[] = [
  ['otlp protobuf', 'none'],
  ['otlp protobuf', 'gzip'],
  ['otlp json', 'none'],
  ['otlp json', 'gzip'],
];

describeWith('jaeger')('Jaeger', () => {
  test.each(forms)('shows every field that came as %s, compression %s', async (format, compression) => {
    const traceId = await sendEverySpan(backend('jaeger'), format, compression);
    expect(await readJaeger(traceId)).toEqual(expectedSpans(['Jaeger']));
  });
});

describeWith('collector')('the Collector', () => {
  test.each(forms)('sends on every field that came as %s, compression %s', async (format, compression) => {
    const traceId = await sendEverySpan(backend('collector'), format, compression);
    expect(await readCollector(traceId)).toEqual(expectedSpans([]));
  });
});
