// The code of docs/analysis.md, word for word.
import { createTracer, withSpan } from '@waymark/core';
import { inMemoryExporter } from '@waymark/core/testing';
import { analyseTrace, fromSpanData, toOutline } from 'waymark/analysis';

const exporter = inMemoryExporter();
const tracer = createTracer({ serviceName: 'shop', exporter });

test('loads the basket without N+1', async () => {
  await tracer.withSpan('load basket', () => loadItems([1, 2, 3]));

  const { repeats } = analyseTrace(toOutline(fromSpanData(exporter.spans)));
  expect(repeats.filter(({ isNPlusOne }) => isNPlusOne)).toEqual([]);
});

afterEach(exporter.reset);

// A database that takes its time.
const query = (text: string) =>
  tracer.withSpan('pg.query', { kind: 'client', attributes: { 'db.query.text': text } }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
  });
const loadItems = (ids: readonly number[]) => query(`SELECT * FROM items WHERE id IN (${ids})`);

test('finds the N+1 of a basket that loads its items one by one', async () => {
  await tracer.withSpan('load basket', async () => {
    for (let id = 1; id <= 12; id++) await query(`SELECT * FROM items WHERE id = ${id}`);
  });
  const outline = toOutline(fromSpanData(exporter.spans));
  const { repeats } = analyseTrace(outline);
  expect(repeats.filter(({ isNPlusOne }) => isNPlusOne).map(({ spans }) => spans.length)).toEqual([12]);
  expect(outline.services).toEqual(['shop']);
});

test('the analysis of spans', async () => {
  await tracer.withSpan('load basket', () => loadItems([1, 2, 3]));
  const spans = fromSpanData(exporter.spans);

  const analysis = analyseTrace(toOutline(spans));
  analysis.repeats.filter(({ isNPlusOne }) => isNPlusOne); // []

  expect(analysis.repeats).toEqual([]);
});

test('fromSpanData() keeps what a span may hold: events, links, statuses, values of every type', () => {
  const link = { context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isRemote: true, isSampled: true } };
  tracer.withSpan(
    'odd',
    { attributes: { list: ['a', 'b'], bytes: new Uint8Array([1, 2]), nan: Number.NaN, half: 0.5 } },
    (span) => {
      span.addEvent('cache.miss', { key: '7' });
      span.addLink(link as Parameters<typeof span.addLink>[0]);
      withSpan('below', () => {});
      span.setStatus({ code: 'error', message: 'no' });
    },
  );
  const odd = fromSpanData(exporter.spans).find(({ name }) => name === 'odd');
  expect(odd).toMatchObject({
    attributes: { list: ['a', 'b'], bytes: { bytesValue: 'AQI=' }, nan: { doubleValue: 'NaN' }, half: 0.5 },
    events: [{ name: 'cache.miss', attributes: { key: '7' } }],
    status: { code: 'error', message: 'no' },
    resource: { serviceName: 'shop' },
  });
  expect(odd?.startTimeUnixNano).toMatch(/^\d{19}$/);
});
