// An undici Client that the application makes without a pool: for a Unix socket, or for one server.
import { type Downstream, startDownstream } from './downstream.ts';
import { openFirstConnection } from './open-first-connection.ts';
import { readTraceparent, startTracing, type Tracing } from './tracing.ts';
import { loadUndici, type Undici } from './undici-versions.ts';

let downstream: Downstream;
let tracing: Tracing;

beforeEach(async () => {
  downstream = await startDownstream();
  tracing = startTracing();
});
afterEach(async () => {
  tracing.stop();
  await downstream.close();
});

type Dispatcher = InstanceType<Undici['Client']>;

for (const major of [6, 7, 8] as const) {
  const undici = loadUndici(major);
  if (undici) describe(`outbound undici ${major}: a single client`, () => describeClient(undici));
}

function describeClient(undici: Undici): void {
  const { Client, RetryAgent, interceptors } = undici;
  const retry = { minTimeout: 1, maxRetries: 3 };

  test.each<[string, string, (client: Dispatcher) => unknown]>([
    ['by itself', '/ok?', (client) => client],
    ['behind RetryAgent', '/flaky/', (client) => new RetryAgent(client, retry)],
    ['behind the retry interceptor', '/flaky/', (client) => client.compose(interceptors.retry(retry))],
  ])('%s sends each fetch in the trace of its caller', async (_what, path, wrap) => {
    await openFirstConnection(undici);
    const client = new Client(downstream.origin);
    const dispatcher = wrap(client);
    const call = async (id: string): Promise<string> => {
      const url = `${downstream.origin}${path}${id}${path === '/flaky/' ? '?1' : ''}`;
      return (await undici.fetch(url, { dispatcher: dispatcher as never })).text();
    };
    const callTwice = (index: number) =>
      tracing.tracer.withSpan('caller', { parent: null }, async ({ traceId }) => {
        // The first fetch opens the connection. The second is made in the same context.
        for (const id of [`${index}-first`, `${index}-second`]) {
          expect(readTraceparent(await call(id))).toMatchObject({ traceId });
        }
      });
    await callTwice(0);
    await Promise.all([1, 2, 3, 4, 5].map(callTwice));
    expect(new Set(downstream.received.map((request) => request.count('traceparent')))).toEqual(new Set([1]));
    await client.destroy();
  });

  test.each<[string, () => Dispatcher]>([
    ['a Client', () => new Client(downstream.origin)],
    ['an Agent', () => new undici.Agent() as never], // dispatches alike
  ])('sends for a handler that throws when it is read: %s', async (_what, make) => {
    const client = make();
    const noteError = jest.fn();
    await (await undici.request(`${downstream.origin}/ok`, { dispatcher: client })).body.text();
    const done = new Promise<void>((resolve) => {
      const handler = {
        onConnect() {},
        onHeaders: () => true,
        onData: () => true,
        onComplete: () => resolve(),
        onError: noteError,
        onRequestStart() {},
        onResponseStart() {},
        onResponseData() {},
        onResponseEnd: () => resolve(),
        onResponseError: noteError,
        get runInAsyncScope() {
          throw new Error('unreadable');
        },
      };
      client.dispatch({ origin: downstream.origin, path: '/ok', method: 'GET' }, handler as never);
    });
    await done;
    expect(noteError).not.toHaveBeenCalled();
    await client.destroy();
  });
}
