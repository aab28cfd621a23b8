import { createTracer } from './create-tracer.ts';
import type { EndingHook } from './ending-hook.ts';
import { readSpan } from './span-data.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';

function tracerWith(onEnding: EndingHook) {
  const exporter = inMemoryExporter();
  const tracer = createTracer({ onEnding, exporter, env: {}, logLevel: 'none', flushOnExit: false });
  return { tracer, exporter };
}

test('sees each span once as it ends, and has the last word on it', () => {
  const seen: string[] = [];
  const { tracer, exporter } = tracerWith((span) => {
    seen.push(`${span.name} ${span.isRecording()}`);
    if (readSpan(span).attributes['user.email'] !== undefined) span.setAttribute('user.email', 'REDACTED');
    span.setAttribute('team', 'shop').updateName(`${span.name}!`);
  });
  tracer.withSpan('outer', () => {
    tracer.withSpan('inner', (span) => {
      span.setAttribute('user.email', 'ada@example.com');
      span.end();
      span.end();
    });
  });
  expect(seen).toEqual(['inner true', 'outer true']);
  expect(exporter.spans.map(({ name, attributes }) => ({ name, attributes }))).toEqual([
    { name: 'inner!', attributes: { 'user.email': 'REDACTED', team: 'shop' } },
    { name: 'outer!', attributes: { team: 'shop' } },
  ]);
});

test('takes attributes out by setting them to undefined, which does nothing elsewhere; null is a value', () => {
  const { tracer, exporter } = tracerWith((span) => {
    span.setAttribute('user.email', undefined).setAttribute('absent', undefined);
    span.setAttributes({ 'user.name': undefined, 'user.phone': null, team: 'shop' });
  });
  const personal = { 'user.email': 'a@b', 'user.name': 'Ada', 'user.phone': '1' };
  const span = tracer.startSpan('work', { attributes: { ...personal, 'user.id': 7 } });
  span.setAttribute('user.id', undefined).setAttributes({ 'user.id': undefined });
  span.end();
  expect(exporter.spans.map(({ attributes }) => ({ ...attributes }))).toEqual([
    { 'user.id': 7, 'user.phone': null, team: 'shop' },
  ]);
});

test('takes no time of the span’s', () => {
  let nowMs = 1000;
  const exporter = inMemoryExporter();
  const tracer = createTracer({
    onEnding: () => {
      nowMs += 500;
    },
    clock: { wallMs: () => nowMs, monotonicMs: () => nowMs },
    exporter,
    env: {},
    flushOnExit: false,
  });
  tracer.withSpan('work', () => {
    nowMs += 10;
  });
  expect(exporter.spans.map(({ startMs, endMs }) => endMs - startMs)).toEqual([10]);
});

test.each<[string, EndingHook]>([
  [
    'throws',
    () => {
      throw new Error('broken');
    },
  ],
  ['rejects', (async () => Promise.reject(new Error('broken'))) as EndingHook],
])('that %s is counted, and the span goes out', async (_what, hook) => {
  const { tracer, exporter } = tracerWith(hook);
  tracer.withSpan('work', () => {});
  await new Promise(setImmediate); // until a rejection has gone its way
  expect(exporter.spans).toHaveLength(1);
  expect(tracer.stats().diagnostics).toEqual({ 'hook-failed': 1 });
});

test('may end the span, and other spans that it starts', () => {
  const { tracer, exporter } = tracerWith((span) => {
    if (span.name === 'work') tracer.startSpan('note', { parent: null }).end();
    span.end();
  });
  tracer.withSpan('work', () => {});
  expect(exporter.spans.map(({ name }) => name)).toEqual(['note', 'work']);
  expect(tracer.stats()).toMatchObject({ started: 2, ended: 2 });
});

test('is not asked about what is not recorded', () => {
  const hook = jest.fn();
  const tracer = createTracer({ onEnding: hook, sampler: () => false, exporter: [], env: {}, flushOnExit: false });
  tracer.withSpan('work', () => {});
  expect(hook).not.toHaveBeenCalled();
});

test('refuses a value that is not a function', () => {
  expect(() => createTracer({ onEnding: 'scrub' as never })).toThrow(
    expect.objectContaining({ code: 'WAYMARK_INVALID_OPTION' }),
  );
});
