import { createTracer, type EndingSpan, type HookedSpan } from './index.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';

function exportedBy(onEnding: (span: EndingSpan) => void) {
  const exporter = inMemoryExporter();
  const tracer = createTracer({ onEnding, exporter, env: {}, logLevel: 'none', flushOnExit: false });
  const span = tracer.startSpan('work', {
    links: [1, 2].map((n) => ({
      context: { traceId: `${n}`.repeat(32), spanId: `${n}`.repeat(16) },
      attributes: { n },
    })),
  });
  span.addEvent('one', { secret: 'x', kept: 1 }, new Date(1_700_000_000_000)).addEvent('two').addEvent('three');
  span.end();
  const [exported] = exporter.spans;
  if (exported === undefined) throw new Error('it is kept');
  const events = exported.events.map(({ name, attributes }) => [name, { ...attributes }]);
  const links = exported.links.map(({ spanId, attributes }) => [spanId[0], { ...attributes }]);
  return { events, links, times: exported.events.map(({ timeMs }) => timeMs), tracer };
}

test('a hook changes and removes events', () => {
  const { events, times } = exportedBy((span) => {
    span.changeEvents((event) => {
      if (event.name === 'two') return undefined;
      const { secret: _, ...attributes } = event.attributes;
      return { name: `${event.name}!`, timeMs: event.timeMs, attributes: { ...attributes, team: 'shop' } };
    });
  });
  expect(events).toEqual([
    ['one!', { kept: 1, team: 'shop' }],
    ['three!', { team: 'shop' }],
  ]);
  expect(times[0]).toBe(1_700_000_000_000);
});

test('a hook changes and removes links', () => {
  const { links } = exportedBy((span) => {
    span.changeLinks((link) => (link.spanId.startsWith('1') ? { ...link, attributes: { n: 'first' } } : undefined));
  });
  expect(links).toEqual([['1', { n: 'first' }]]);
});

test('an answer that is no event removes the event', () => {
  const wrong: unknown[] = [null, 'text', {}, Promise.resolve(), { name: 7, attributes: { secret: 1 } }];
  for (const answer of wrong) expect(exportedBy((span) => span.changeEvents(() => answer as never)).events).toEqual([]);
});

test('wrong parts of an event are left out', () => {
  const { events, times, tracer } = exportedBy((span) => {
    span.changeEvents(({ name }) => ({ name, timeMs: 'now', attributes: { fine: 1, wrong: () => 0 } }) as never);
  });
  expect(events[0]).toEqual(['one', { fine: 1 }]);
  expect(times[0]).toBe(1_700_000_000_000);
  expect(tracer.stats().diagnostics).toEqual({ 'invalid-attribute': 3 });
});

test('a change that throws changes nothing', () => {
  const { events, tracer } = exportedBy((span: HookedSpan) => {
    span.changeEvents((event) => {
      if (event.name === 'three') throw new Error('broken');
      return undefined;
    });
  });
  expect(events).toHaveLength(3);
  expect(tracer.stats().diagnostics).toEqual({ 'hook-failed': 1 });
});
