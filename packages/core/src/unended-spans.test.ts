import { createTracer } from './create-tracer.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';
import type { Tracer } from './tracer.ts';

function makeTracer(lines: string[]): Tracer {
  return createTracer({ exporter: inMemoryExporter(), env: {}, flushOnExit: false, log: (line) => lines.push(line) });
}

test('names the spans that have not ended when the tracer is shut down, those that came most often first', async () => {
  const lines: string[] = [];
  const tracer = makeTracer(lines);
  for (const name of ['parse', 'resize', 'resize', 'ended']) {
    const span = tracer.startSpan(name);
    if (name === 'ended') span.end();
  }
  await tracer.shutdown();
  expect(lines).toEqual([
    'waymark warn: 3 spans were never ended, and are lost: "resize" (2), "parse". Call end(), or use withSpan()',
  ]);
});

test('has one sentence for one span', async () => {
  const lines: string[] = [];
  const tracer = makeTracer(lines);
  tracer.startSpan('parse');
  await tracer.shutdown();
  expect(lines).toEqual(['waymark warn: 1 span was never ended, and is lost: "parse". Call end(), or use withSpan()']);
});

test('has nothing to say where all spans have ended, or end by themselves', async () => {
  const lines: string[] = [];
  const tracer = makeTracer(lines);
  tracer.startSpan('a').updateName('b').end();
  tracer.withSpan('c', () => tracer.startSpan('d').end());
  await tracer.shutdown();
  expect(lines).toEqual([]);
});

test('keeps no more than a thousand names', async () => {
  const lines: string[] = [];
  const tracer = makeTracer(lines);
  for (let index = 0; index < 1001; index++) tracer.startSpan(`job ${index % 7}`);
  await tracer.shutdown();
  expect(lines[0]).toMatch(
    /^waymark warn: 1000 or more spans were never ended, and are lost: "job 0" \(143\), .*, …\. /,
  );
});
