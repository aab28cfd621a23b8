// Memory of encoded spans by scope.
import { scopeOf } from '../instrumentation-scope.ts';
import { SpansByScope } from './spans-by-scope.ts';

function write(spans: SpansByScope, scopeName: string, byteCount: number): void {
  const writer = spans.writerFor(scopeOf(scopeName));
  writer.beginItem();
  writer.append(Buffer.alloc(byteCount, scopeName));
}

test('chunks whose scopes are all different keep little more memory than they have bytes', () => {
  const spans = new SpansByScope(1_000_000);
  const memory = new Set<ArrayBufferLike>();
  let byteCount = 0;
  for (let chunk = 0; chunk < 10; chunk++) {
    for (let scope = 0; scope < 100; scope++) write(spans, `generated ${chunk} ${scope}`, 100);
    for (const { spans: parts } of spans.take()) {
      for (const part of parts) {
        byteCount += part.length;
        memory.add(part.buffer);
      }
    }
  }
  expect(byteCount).toBe(10 * 100 * 100);
  const kept = [...memory].reduce((sum, { byteLength }) => sum + byteLength, 0);
  expect(kept).toBeLessThan(2 * byteCount);
});

test('chunks with the same scopes share blocks, and the bytes stay what they were', () => {
  const spans = new SpansByScope(1_000_000);
  const chunks = Array.from({ length: 5 }, (_, chunk) => {
    write(spans, 'a', 10 + chunk);
    write(spans, 'b', 20 + chunk);
    return spans.take();
  });
  expect(
    chunks.map((taken) => taken.map(({ scope, spans: parts }) => `${scope.name} ${Buffer.concat(parts)}`)),
  ).toEqual(chunks.map((_, chunk) => [`a ${'a'.repeat(10 + chunk)}`, `b ${'b'.repeat(20 + chunk)}`]));
  const blocks = new Set(chunks.slice(1).map(([first]) => first?.spans[0]?.buffer));
  expect(blocks.size).toBe(1);
});
