// The bytes of a value that comes twice in a row are kept and written again: what is read must not depend on what came before.
import type { AttributeValue } from '../attributes.ts';
import { createTracer } from '../create-tracer.ts';
import { ByteWriter } from '../sending/byte-writer.ts';
import { decodeTraceRequest } from './decode-request.ts';
import { protobufFormat } from './protobuf-format.ts';

function readBack(values: readonly AttributeValue[]): unknown[] {
  const writer = new ByteWriter(Number.POSITIVE_INFINITY);
  const tracer = createTracer({
    env: {},
    exporter: {
      name: 'bytes',
      export(span) {
        writer.beginItem();
        protobufFormat.encodeSpan(writer, span);
      },
      stats: () => ({ exported: 0, waiting: 0, dropped: {} }),
    },
  });
  for (const value of values) {
    const span = tracer.startSpan('step', { attributes: { key: value } });
    span.addEvent('event', { key: value });
    span.end();
  }
  const body = Buffer.concat(protobufFormat.frame(writer.takeChunk(), tracer.resource));
  const spans = [...decodeTraceRequest('application/x-protobuf', body)];
  return spans.map(({ attributes, events }) => [attributes.key, events[0]?.attributes.key]);
}

test.each<[string, readonly AttributeValue[]]>([
  ['the same text', ['GET', 'GET', 'GET', 'GET']],
  ['another text after the same', ['GET', 'GET', 'GET', 'PUT', 'GET', 'GET']],
  ['texts that take turns', ['GET', 'PUT', 'GET', 'PUT']],
  ['texts that are not ASCII', ['naïve', 'naïve', 'naïve', '日本', '日本', '日本']],
  ['texts around the longest that is kept', [...Array(3).fill('x'.repeat(110)), ...Array(3).fill('y'.repeat(300))]],
  ['a number, a text and a boolean that look alike', [1, 1, 1, '1', '1', '1', true, true, true]],
  ['numbers of all sizes', [-1, -1, -1, 2 ** 40, 2 ** 40, 2 ** 40, 0.5, 0.5, 0.5]],
  ['a list between the same text', ['a', 'a', ['a'], 'a', 'a']],
])('reads back what was written: %s', (_, values) => {
  expect(readBack(values)).toEqual(values.map((value) => [value, value]));
});
