import type { Resource } from '../resource.ts';
import type { SpanData } from '../span-data.ts';
import { renderTrace } from './render-trace.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const [gateway, orders, users] = ['gateway', 'orders', 'users'].map(
  (name): Resource => ({ attributes: { 'service.name': name, 'service.instance.id': `${name} 1` } }),
) as [Resource, Resource, Resource];

let made = 0;

/** A span from one millisecond to another. */
function makeSpan(
  name: string,
  [startMs, endMs]: [number, number],
  more: Partial<SpanData> & { parent?: SpanData } = {},
): SpanData {
  const { parent, ...given } = more;
  return {
    name,
    kind: 'internal',
    traceId,
    spanId: String(++made).padStart(16, '0'),
    ...(parent && { parentSpanId: parent.spanId }),
    parentIsRemote: false,
    startMs: 1_795_381_463_701 + startMs,
    endMs: 1_795_381_463_701 + endMs,
    attributes: {},
    events: [],
    links: [],
    status: { code: 'unset' },
    resource: gateway,
    scope: { name: 'tests', version: undefined },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    ...given,
  };
}

function failure(type: string, message: string): Partial<SpanData> {
  const attributes = { 'exception.type': type, 'exception.message': message };
  return { status: { code: 'error', message }, events: [{ name: 'exception', timeMs: 0, attributes }] };
}

function shopTrace(): SpanData[] {
  const root = makeSpan('GET /users/:id/summary', [0, 48], {
    kind: 'server',
    attributes: { 'http.route': '/users/:id/summary', 'http.response.status_code': 502, 'error.type': '502' },
    status: { code: 'error' },
  });
  const fetchUser = makeSpan('fetchUserData', [1, 13], { parent: root, attributes: { 'user.id': '7' } });
  const call = makeSpan('GET', [2, 12], {
    parent: fetchUser,
    kind: 'client',
    attributes: { 'url.full': 'http://localhost:3001/users/7?secret=1', 'http.response.status_code': 200 },
  });
  const user = makeSpan('GET /users/:id', [3, 11], {
    parent: call,
    kind: 'server',
    resource: users,
    attributes: { 'http.route': '/users/:id', 'http.response.status_code': 200 },
  });
  const history = makeSpan('loadOrderHistory', [14, 47], {
    parent: root,
    ...failure('HistoryError', 'orders are down'),
  });
  const orderCall = makeSpan('GET', [15, 46], {
    parent: history,
    kind: 'client',
    ...failure('HistoryError', 'orders are down'),
  });
  const order = makeSpan('GET', [16, 45], {
    parent: orderCall,
    kind: 'server',
    resource: orders,
    attributes: { 'url.path': '/nowhere', 'http.response.status_code': 404 },
  });
  const publish = makeSpan('publish', [47.5, 47.6], { parent: root, kind: 'producer' });
  const consume = makeSpan('consume', [47.55, 47.58], { parent: publish, kind: 'consumer' });
  return [consume, order, orderCall, history, user, publish, call, fetchUser, root];
}

describe('renderTrace', () => {
  test('draws the tree of a trace through several services, from spans in any order', () => {
    expect(renderTrace(shopTrace(), { width: 80 })).toBe(`\
trace 4bf92f3577b34da6a3ce929d0e0e4736  9 spans, 3 services, 48.0 ms, 3 failed
gateway ▸ GET /users/:id/summary 502    48.0 ms  ────────────────────
├─ fetchUserData user.id=7              12.0 ms  ╶────╴
│  └─ → GET localhost:3001/users/7 200  10.0 ms   ────
│     └─ users ▸ GET /users/:id 200     8.00 ms   ╶──╴
├─ loadOrderHistory                     33.0 ms        ─────────────╴
│  └─ → GET                             31.0 ms        ╶────────────
│     │ ✗ HistoryError: orders are down
│     └─ orders ▸ GET /nowhere 404      29.0 ms        ╶────────────
└─ ⇢ publish                            0.10 ms                     ╶
   └─ ▹ consume                           30 µs                     ╶
`);
  });

  test('shows the rows and the text of a query in one line, and none of the other attributes of databases and queues', () => {
    const root = makeSpan('GET /orders/:id', [0, 9], { kind: 'server' });
    const attributes = { 'db.system.name': 'postgresql', 'db.namespace': 'shop', 'server.address': 'db.internal' };
    const spans = [
      root,
      makeSpan('SELECT orders', [1, 3], {
        parent: root,
        kind: 'client',
        attributes: {
          ...attributes,
          'db.query.text': '\n  SELECT *\n  FROM orders\n',
          'db.query.summary': 'SELECT orders',
          'db.response.returned_rows': 2,
        },
      }),
      makeSpan('COMMIT', [4, 5], {
        parent: root,
        kind: 'client',
        attributes: { ...attributes, 'db.query.text': 'COMMIT', 'db.response.returned_rows': 1 },
      }),
      makeSpan('GET', [5, 6], { parent: root, kind: 'client', attributes: { 'db.query.text': 'GET user:7' } }),
      makeSpan('add emails', [6, 7], {
        parent: root,
        kind: 'producer',
        attributes: { 'messaging.system': 'bullmq', 'messaging.message.id': '1', 'user.id': 7 },
      }),
      makeSpan('chat m', [7, 8], {
        parent: root,
        kind: 'client',
        attributes: { 'gen_ai.usage.input_tokens': 11, 'gen_ai.usage.output_tokens': 7 },
      }),
    ];
    const labels = renderTrace(spans)
      .split('\n')
      .map((line) => line.replace(/ {2,}\d.*/, ''));
    expect(labels.slice(1, -1)).toEqual([
      'gateway ▸ GET /orders/:id',
      '├─ → SELECT orders 2 rows SELECT * FROM orders',
      '├─ → COMMIT 1 row',
      '├─ → GET user:7',
      '├─ ⇢ add emails user.id=7',
      '└─ → chat m 11 → 7 tokens',
    ]);
  });

  test('uses colours with the option colors', () => {
    const spans = [makeSpan('work', [0, 1], failure('Error', 'no'))];
    expect(renderTrace(spans, { width: 60, colors: true })).toBe(
      [
        `\u001b[1mtrace ${traceId}\u001b[0m\u001b[2m  1 span, 1 service, 1.00 ms\u001b[0m\u001b[31m, 1 failed\u001b[0m\n`,
        '\u001b[36mgateway \u001b[0m\u001b[1mwork\u001b[0m  1.00 ms  \u001b[31m───────────────\u001b[0m\n',
        '\u001b[2m  \u001b[0m\u001b[31m✗ Error: no\u001b[0m\n',
      ].join(''),
    );
    expect(renderTrace(shopTrace())).not.toContain('\u001b');
  });

  test.each([80, 100, 120])('fits %i columns, whatever the spans are called', (width) => {
    const parent = makeSpan('x'.repeat(500), [0, 1], failure('Error', 'm'.repeat(500)));
    const spans = [parent, makeSpan('水'.repeat(500), [0, 1], { parent, attributes: { note: 'y'.repeat(500) } })];
    const lines = renderTrace(spans, { width }).trimEnd().split('\n');
    // A Chinese character takes two columns.
    const widths = lines.map((line) => [...line].reduce((sum, character) => sum + (character === '水' ? 2 : 1), 0));
    expect(lines).toHaveLength(4);
    expect(Math.max(...widths)).toBeLessThanOrEqual(width);
    expect(Math.max(...widths)).toBeGreaterThan(width - 3);
  });

  test('escapes control characters from the wire', () => {
    const spans = [
      makeSpan('a\u001b[2Jb\nc', [0, 1], {
        attributes: { key: '\u202egnp.exe\u0007' },
        resource: { attributes: { 'service.name': 'evil\r' } },
        ...failure('Error', 'line\nother line'),
      }),
    ];
    const text = renderTrace(spans);
    expect(text).toMatch(/evil\\u000d a\\u001b\[2Jb\\u000ac key=\\u202egnp\.exe\\u0007/);
    expect(text).toMatch(/✗ Error: line\\u000aother line\n$/);
    expect(text.trimEnd().split('\n')).toHaveLength(3);
  });

  test('shows each trace separately', () => {
    const spans = ['1', '2', '1'].map((digit, index) =>
      makeSpan(`span ${index}`, [index, 9], { traceId: digit.repeat(32) }),
    );
    expect(renderTrace(spans).replaceAll(/ +[\d.]+ ms.*/g, '')).toBe(
      `trace ${'1'.repeat(32)}  2 spans, 1 service,\ngateway span 0\ngateway span 2\n\ntrace ${'2'.repeat(32)}  1 span, 1 service,\ngateway span 1\n`,
    );
  });

  test('shows spans without parents, duplicates and circles once each', () => {
    const orphan = makeSpan('orphan', [0, 1], { parentSpanId: 'f'.repeat(16) });
    const own = makeSpan('own parent', [0, 1], { spanId: 'a'.repeat(16), parentSpanId: 'a'.repeat(16) });
    const one = makeSpan('one', [1, 2], { spanId: 'b'.repeat(16), parentSpanId: 'c'.repeat(16) });
    const other = makeSpan('other', [2, 3], { spanId: 'c'.repeat(16), parentSpanId: 'b'.repeat(16) });
    expect(namesIn(renderTrace([orphan, orphan, own, one, other]))).toEqual([
      'gateway orphan',
      'gateway own parent',
      'gateway one',
      '└─ other',
    ]);
  });

  test('names the service again for a second process of it, and not for its own children', () => {
    const first = makeSpan('first', [0, 9]);
    const child = makeSpan('child', [1, 8], { parent: first });
    const secondProcess = { attributes: { 'service.name': 'gateway', 'service.instance.id': 'gateway 2' } };
    const second = makeSpan('second', [2, 7], { parent: child, resource: secondProcess });
    expect(namesIn(renderTrace([first, child, second]))).toEqual(['gateway first', '└─ child', '   └─ gateway second']);
  });

  test('draws a trace that is deeper than the call stack, and leaves room for the names', () => {
    const spans = [makeSpan('level 0', [0, 1])];
    for (let level = 1; level < 20_000; level++) {
      spans.push(makeSpan(`level ${level}`, [0, 1], { parent: spans[level - 1] as SpanData }));
    }
    const names = namesIn(renderTrace(spans));
    expect(names).toHaveLength(20_000);
    expect(names.at(-1)).toMatch(/^… +└─ level 19999$/);
  });

  test.each([
    [0, '0 µs'],
    [0.0004, '0 µs'],
    [0.05, '50 µs'],
    [0.5, '0.50 ms'],
    [9.994, '9.99 ms'],
    [12.34, '12.3 ms'],
    [123.4, '123 ms'],
    [1234, '1.23 s'],
    [61_000, '1.0 min'],
  ])('writes a duration of %d ms as %s', (durationMs, text) => {
    const start = 1e6; // small enough for the difference to be exact
    const span = { ...makeSpan('x', [0, 0]), startMs: start, endMs: start + durationMs };
    expect(renderTrace([span])).toContain(`  ${text}  `);
  });

  test('is empty without spans', () => {
    expect(renderTrace([])).toBe('');
  });
});

/** The label of each span, with the tree's lines. */
function namesIn(text: string): string[] {
  const lines = text.trimEnd().split('\n').slice(1);
  return lines.map((line) => line.replace(/ +[\d.]+ (µs|ms|s|min)( .*)?$/, ''));
}
