import { sketchTrace } from '../../test/sketch-trace.ts';
import { analyseTrace, toOutline } from '../analysis/index.ts';
import type { Span } from '../model/span.ts';
import { renderWaterfall, type WaterfallOptions } from './render-waterfall.ts';

const queries = Array.from(
  { length: 12 },
  (_, index) =>
    `          orders client pg.query ${22 + index * 5}-${27 + index * 5} SELECT * FROM items WHERE id = ${index}`,
);

const shop = `
gateway server summary 0-250 !
  gateway internal fetchUserData 1-15
    gateway client GET 2-14
      users server profile 3-13
  gateway internal fetchOrders 16-100 !
    gateway client GET 17-99 !
      orders server list 20-95 !
        orders internal load 21-90 !
${queries.join('\n')}
users server lost 30-40 ^ff
`;

function render(spans: readonly Span[], options?: WaterfallOptions): string {
  const outline = toOutline(spans);
  return renderWaterfall(outline, analyseTrace(outline), options);
}

test('a trace is a tree with times, with equal calls in one row, and its findings', () => {
  const url = 'http://127.0.0.1:4318/trace/4bf92f3577b34da6a3ce929d0e0e4736';
  expect(render(sketchTrace(shop), { width: 90, url })).toBe(`\
trace 4bf92f3577b34da6a3ce929d0e0e4736  21 spans, 3 services, 250 ms, 1 error
  http://127.0.0.1:4318/trace/4bf92f3577b34da6a3ce929d0e0e4736
gateway ▸ summary                                           250 ms  ─────────╍╍╍╍╍╍╍╍╍╍╍╍╍
├─ fetchUserData                                           14.0 ms  ─
│  └─ → GET                                                12.0 ms  ─
│     └─ users ▸ profile                                   10.0 ms  ━
└─ fetchOrders                                             84.0 ms   ────────
   └─ → GET                                                82.0 ms   ━───────
      └─ orders ▸ list                                     75.0 ms    ──────
         └─ load                                           69.0 ms    ─────━
            │ ✗ failed
            └─ → pg.query ×12 N+1 SELECT * FROM items WH…  60.0 ms    ━━━━━
(00000000000000ff is missing)
└─ users ▸ lost                                            10.0 ms     ─
N+1    orders client pg.query: SELECT * FROM items WHERE id = ?: 12 calls one after the other take 60 ms. With one call for all the trace would be shorter by about 55 ms.
gap    150 ms in gateway summary, from 100 ms on: no span covers this time.
orphan 1 span below 00000000000000ff, a span that has not arrived: users lost.
`);
});

test('equal calls at once are an N+1 in parallel', () => {
  const calls = Array.from({ length: 6 }, () => '  a client q 1-10 SELECT * FROM items WHERE id = $1').join('\n');
  const text = render(sketchTrace(`a server root 0-12\n${calls}`), { width: 80 });
  expect(text).toContain('└─ → q ×6 N+1 in parallel SELECT * FROM items WH…  9.00 ms');
  expect(text).toContain(
    'N+1    a client q: SELECT * FROM items WHERE id = ?: 6 calls in parallel take 9.0 ms, and 54 ms in total. One call could ask for all.',
  );
});

test('beyond the limit the least important rows are left out, and counted in their place', () => {
  expect(render(sketchTrace(shop), { width: 80, maxRows: 6 }).split('\n').slice(1, 10).join('\n')).toBe(`\
gateway ▸ summary                                   250 ms  ────────╍╍╍╍╍╍╍╍╍╍╍╍
├─ fetchOrders                                     84.0 ms   ───────
│  └─ → GET                                        82.0 ms   ───────
│     └─ orders ▸ list                             75.0 ms    ─────━
│        └─ load                                   69.0 ms    ─────
│           │ ✗ failed
│           └─ → pg.query ×12 N+1 SELECT * FROM …  60.0 ms    ━━━━━
└─ … 3 more spans
… 1 more span`);
});

test('a gap between spans is dashed', () => {
  const text = render(sketchTrace('a server root 0-100\n  a internal step 0-40\n  a internal end 99-100'), {
    width: 80,
  });
  expect(text.split('\n')[1]).toBe('a ▸ root   100 ms  ────────╍╍╍╍╍╍╍╍╍╍╍╍');
});

test('colours mark services, failures and the critical path', () => {
  const [failed] = sketchTrace('a server root 0-100 !') as [Span];
  expect(render([failed], { colors: true, width: 60 }).split('\n')).toEqual([
    `\u001b[1mtrace ${failed.traceId}\u001b[0m\u001b[2m  1 span, 1 service, 100 ms\u001b[0m\u001b[31m, 1 error\u001b[0m`,
    `\u001b[36ma \u001b[0m\u001b[2m▸ \u001b[0m\u001b[1mroot\u001b[0m   100 ms  \u001b[31m${'━'.repeat(15)}\u001b[0m`,
    '\u001b[2m  \u001b[0m\u001b[31m✗ failed\u001b[0m',
    '',
  ]);
});

test('the trace is a link on terminals with links', () => {
  const text = render(sketchTrace('a server root 0-100'), { links: true, url: 'http://localhost/trace/1' });
  expect(text.split('\n')[0]).toBe(
    '\u001b]8;;http://localhost/trace/1\u001b\\trace 4bf92f3577b34da6a3ce929d0e0e4736\u001b]8;;\u001b\\  1 span, 1 service, 100 ms',
  );
});

test('the first word of a query is not repeated', () => {
  const [span] = sketchTrace('a client SELECT 0-100 SELECT name FROM users') as [Span];
  expect(render([span]).split('\n')[1]).toMatch(/^a → SELECT name FROM users +100 ms/);
});

test('control characters in received strings are shown as escapes', () => {
  const [span] = sketchTrace('a server root 0-100 !') as [Span];
  const evil = '\u001b[2J\r\nforged\u0007\u202e';
  const text = render([
    {
      ...span,
      name: evil,
      attributes: { [evil]: evil, 'db.query.text': evil },
      status: { code: 'error', message: evil },
      resource: { serviceName: evil, attributes: {} },
    },
    { ...span, spanId: evil, parentSpanId: evil, name: evil },
  ]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(text).toContain('\\u001b[2J');
});

test('wide characters take two columns', () => {
  const [span] = sketchTrace('a server root 0-100') as [Span];
  const bars = render([
    { ...span, name: '注文を取得する' },
    { ...span, spanId: '00000000000000aa', parentSpanId: span.spanId, name: 'naïve e\u0301tape' },
  ]).split('\n');
  expect(bars[1]).toBe(`a ▸ 注文を取得する   100 ms  ${'─'.repeat(25)}`);
  expect(bars[2]).toBe(`└─ ▸ naïve étape     100 ms  ${'━'.repeat(25)}`.replace('é', 'e\u0301'));
});

test('a deep trace, one of 50,000 spans, and one with very long strings stay readable', () => {
  const deep = sketchTrace(
    Array.from({ length: 200 }, (_, depth) => `${'  '.repeat(depth)}a internal step 0-100`).join('\n'),
  );
  for (const text of [render(deep, { width: 80 }), render(deep, { width: 10 })]) {
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(text.split('\n').length).toBeLessThan(70);
  }
  const [root] = deep as [Span];
  const many = Array.from({ length: 50_000 }, (_, index) => ({
    ...root,
    spanId: index.toString(16).padStart(16, '0'),
    ...(index > 0 && { parentSpanId: '0'.repeat(16) }),
    name: `step ${index}${'x'.repeat(index === 7 ? 1_000_000 : 0)}`,
  }));
  expect(render(many).split('\n').length).toBeLessThan(70);
});

test('a span without an end is marked, and one that was moved for its clock says how far', () => {
  const lines = render(
    sketchTrace(`
      gateway server checkout 7200000-?
        gateway client GET 7200010-7200060
          orders server list 20-50
            orders internal load 30-40
    `),
    { width: 90 },
  ).split('\n');
  expect(lines.slice(1, 5).map((line) => line.trimEnd())).toEqual([
    'gateway ▸ checkout unfinished               –  ╍╍╍╍──────────────────',
    '└─ → GET                              50.0 ms      ━━━───────────━━━━',
    '   └─ orders ▸ list clock −120.0 min  30.0 ms         ╍╍╍╍────╍╍╍',
    '      └─ load                         10.0 ms             ━━━━',
  ]);
  expect(lines.filter((line) => /^(?:clock|open) /.test(line))).toEqual([
    'clock  The clock of orders seems 120.0 min behind that of gateway. The times shown here are corrected.',
    'open   1 span without an end, such as gateway checkout: still running, or cut off.',
  ]);
});
