/** One hour of traffic of a busy shop, the same each time. Screenshots show it, and tests of long lists use it. */
import type { SpanToSend } from './send-spans.ts';

type Random = () => number;

/** Mulberry32: a small, seeded generator with an even distribution. */
function createRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Draft {
  readonly spans: SpanToSend[];
  readonly trace: number;
  readonly random: Random;
}

/** Adds the spans of one call to a service. Returns when the call ends, and whether it failed. */
type Work = (draft: Draft, parent: number | undefined, startMs: number) => { endMs: number; isFailed: boolean };

const declined = {
  type: 'PaymentDeclined',
  message: 'card_declined: insufficient funds',
  stack: 'PaymentDeclined: card_declined: insufficient funds\n    at charge (/app/payments/stripe.ts:88:11)',
};
const refused = {
  type: 'FetchError',
  message: 'connect ECONNREFUSED 10.0.0.4:5432',
  stack: 'FetchError: connect ECONNREFUSED 10.0.0.4:5432\n    at query (/app/users/db.js:41:9)',
};

/** @param lengthMs The age of the oldest trace. */
export function busyShop(
  count: number,
  { seed = 1, nowMs = Date.now(), lengthMs = 3_500_000, firstTrace = 1 } = {},
): SpanToSend[] {
  const random = createRandom(seed);
  const spans: SpanToSend[] = [];
  for (let index = 0; index < count; index++) {
    const startMs = nowMs - 500 - random() * lengthMs;
    const kind = random();
    const work =
      kind < 0.5 ? getOrder : kind < 0.72 ? search : kind < 0.9 ? checkout : kind < 0.97 ? getUser : reconcile;
    work({ spans, trace: firstTrace + index, random }, undefined, startMs);
  }
  return spans;
}

const getOrder = request('gateway', 'GET', '/orders/:id', [
  call('orders', 'GET', '/orders/:id', [
    database('orders', 'SELECT', 'orders', 4),
    database('orders', 'SELECT', 'items', 6),
  ]),
  call('users', 'GET', '/users/:id', [cache('users', 'GET')]),
]);

const search = request('gateway', 'GET', '/search', [
  call('search', 'GET', '/search', [cache('search', 'GET'), database('search', 'SELECT', 'products', 28)]),
]);

const getUser = request('gateway', 'GET', '/users/:id', [
  call('users', 'GET', '/users/:id', [cache('users', 'GET'), database('users', 'SELECT', 'users', 3, refused, 0.06)]),
]);

// Requests the stock of each item in a loop: the planted N+1.
const checkout = request('gateway', 'POST', '/checkout', [
  call('orders', 'POST', '/orders', [
    ...Array.from({ length: 9 }, () =>
      call('inventory', 'GET', '/stock/:sku', [database('inventory', 'SELECT', 'stock', 3)]),
    ),
    call('payments', 'POST', '/charge', [external('payments', 'POST', 'api.stripe.com', 180, declined, 0.09)]),
    database('orders', 'INSERT', 'orders', 7),
  ]),
]);

const reconcile: Work = (draft, _parent, startMs) => {
  const span = nextId(draft);
  let atMs = startMs + 5;
  for (let page = 0; page < 6; page++) atMs = database('orders', 'SELECT', 'orders', 260)(draft, span, atMs).endMs + 40;
  draft.spans.push({
    ...{ trace: draft.trace, span, service: 'orders', name: 'reconcile', kind: 'internal', startMs },
    durationMs: atMs - startMs,
  });
  return { endMs: atMs, isFailed: false };
};

/** A server span. */
function request(service: string, method: string, route: string, steps: readonly Work[]): Work {
  return (draft, parent, startMs) => {
    const span = nextId(draft);
    let atMs = startMs + around(draft, 1.2);
    let isFailed = false;
    for (const step of steps) {
      const done = step(draft, span, atMs);
      atMs = done.endMs + around(draft, 0.4);
      isFailed ||= done.isFailed;
    }
    atMs += around(draft, 1.5);
    draft.spans.push({
      ...{ trace: draft.trace, span, ...(parent === undefined ? {} : { parent }), service, name: `${method} ${route}` },
      ...{ kind: 'server', startMs, durationMs: atMs - startMs },
      attributes: {
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': isFailed ? 502 : 200,
      },
      ...(isFailed ? { error: { type: '502', message: 'Bad Gateway' } } : {}),
    });
    return { endMs: atMs, isFailed };
  };
}

/** The client span of the caller, and the server span below it. */
function call(service: string, method: string, route: string, steps: readonly Work[]): Work {
  const serve = request(service, method, route, steps);
  return (draft, parent, startMs) => {
    const span = nextId(draft);
    const { endMs, isFailed } = serve(draft, span, startMs + around(draft, 0.5));
    const durationMs = endMs + around(draft, 0.5) - startMs;
    const caller = callerOf(service);
    draft.spans.push({
      ...{ trace: draft.trace, span, ...(parent === undefined ? {} : { parent }), service: caller, name: method },
      ...{ kind: 'client', startMs, durationMs },
      attributes: { 'http.request.method': method, 'server.address': service, 'url.full': `http://${service}${route}` },
    });
    return { endMs: startMs + durationMs, isFailed };
  };
}

function callerOf(service: string): string {
  return service === 'inventory' || service === 'payments' ? 'orders' : 'gateway';
}

function database(
  service: string,
  verb: string,
  table: string,
  typicalMs: number,
  error?: typeof refused,
  share = 0,
): Work {
  const attributes = {
    'db.system.name': 'postgresql',
    'db.query.text': `${verb} … ${table}`,
    'server.address': 'postgres',
  };
  return leaf(service, `${verb} ${table}`, attributes, typicalMs, error, share);
}

function cache(service: string, verb: string): Work {
  return leaf(service, verb, { 'db.system.name': 'redis', 'server.address': 'redis' }, 0.7);
}

function external(
  service: string,
  method: string,
  host: string,
  typicalMs: number,
  error: typeof refused,
  share: number,
): Work {
  const attributes = {
    'http.request.method': method,
    'server.address': host,
    'url.full': `https://${host}/v1/charges`,
  };
  return leaf(service, method, attributes, typicalMs, error, share);
}

function leaf(
  service: string,
  name: string,
  attributes: Readonly<Record<string, string>>,
  typicalMs: number,
  error?: typeof refused,
  share = 0,
): Work {
  return (draft, parent, startMs) => {
    const isFailed = error !== undefined && draft.random() < share;
    const durationMs = around(draft, typicalMs);
    draft.spans.push({
      ...{ trace: draft.trace, span: nextId(draft), ...(parent === undefined ? {} : { parent }), service, name },
      ...{ kind: 'client', startMs, durationMs, attributes },
      ...(isFailed ? { error } : {}),
    });
    return { endMs: startMs + durationMs, isFailed };
  };
}

const lastIds = new WeakMap<Draft, number>();

function nextId(draft: Draft): number {
  const id = (lastIds.get(draft) ?? 0) + 1;
  lastIds.set(draft, id);
  return id;
}

/** Log-normal, like real latencies. */
function around({ random }: Draft, typicalMs: number): number {
  return typicalMs * Math.exp((random() + random() + random() - 1.5) * 1.2);
}
