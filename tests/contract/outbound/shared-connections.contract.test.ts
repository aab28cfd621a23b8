// Calls that undici sends from its callbacks: retries, redirects, and calls that had to wait for a connection.
import type { SpanData } from '@waymark/core/testing';
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

type Dispatcher = InstanceType<Undici['Agent']>;
type Call = (url: string, dispatcher: Dispatcher) => Promise<string>;

const callers = 40;

for (const major of [6, 7, 8] as const) {
  const undici = loadUndici(major);
  if (undici) describe(`outbound undici ${major}: calls of many callers`, () => describeSharing(undici, major));
}

function describeSharing(undici: Undici, major: number): void {
  const { Agent, RetryAgent, interceptors } = undici;
  const calls: [string, Call][] = [
    ['request()', async (url, dispatcher) => (await undici.request(url, { dispatcher })).body.text()],
    ['fetch()', async (url, dispatcher) => (await undici.fetch(url, { dispatcher: dispatcher as never })).text()],
  ];
  const retry = { minTimeout: 1, maxRetries: 3 };
  const ways: [string, string, number, (agent: Dispatcher) => Dispatcher][] = [
    ['an Agent', '/ok?', 1, (agent) => agent],
    ['RetryAgent', '/flaky/', 3, (agent) => new RetryAgent(agent, retry) as unknown as Dispatcher],
    ['the retry interceptor', '/flaky/', 3, (agent) => agent.compose(interceptors.retry(retry)) as Dispatcher],
    [
      'the redirect interceptor',
      '/redirect/x?',
      3,
      (agent) => agent.compose(interceptors.redirect({ maxRedirections: 5 })) as Dispatcher,
    ],
  ];
  const pools = [
    { connections: 1 },
    { connections: 2 },
    { connections: 5 },
    { connections: 1, pipelining: 4 },
    { connections: 3, pipelining: 2 },
  ];

  describe.each(ways)('by %s', (_way, path, sendings, wrap) => {
    describe.each(calls)('and %s', (_call, call) => {
      test.each(pools)('are in their own traces with %j', async (options) => {
        const isExact = major !== 6 || !('pipelining' in options);
        await openFirstConnection(undici);
        const agent = new Agent(options);
        const dispatcher = wrap(agent);
        // Some of these calls have ended when others use the connection that they opened.
        for (let round = 0; round < 2; round++) {
          await Promise.all(
            Array.from({ length: callers }, (_, index) =>
              tracing.tracer.withSpan('caller', { parent: null }, async (caller) => {
                const url = `${downstream.origin}${path}${round}-${index}${path === '/flaky/' ? '?2' : ''}`;
                const answer = await call(url, dispatcher);
                expect(readTraceparent(answer)).toMatchObject({ traceId: caller.traceId });
              }),
            ),
          );
        }
        // When the connection breaks, undici 6 sends a pipelined request again, with the same headers.
        const sent = new Set(downstream.received.map(({ headers }) => readTraceparent(headers.traceparent).spanId));
        const made = await tracing.calls(sent.size);
        expectOwnParents(made);
        expect(sent).toEqual(new Set(made.map(({ spanId }) => spanId)));
        if (isExact) {
          const counts = [0, 1, 2].map(
            (count) => made.filter(({ attributes }) => (attributes['http.request.resend_count'] ?? 0) === count).length,
          );
          expect(counts).toEqual([1, 2, 3].map((sending) => (sending <= sendings ? 2 * callers : 0)));
        }
        await agent.destroy();
      });
    });
  });

  // Before undici has opened its first connection, tracing cannot know which calls wait for one.
  test.each(calls)('by %s are in no other trace when all wait for the first connection', async (_call, call) => {
    const agent = new Agent({ connections: 1 });
    await Promise.all(
      Array.from({ length: callers }, (_, index) =>
        tracing.tracer.withSpan('caller', { parent: null }, async (caller) => {
          const { traceId = caller.traceId } = readTraceparent(await call(`${downstream.origin}/ok?${index}`, agent));
          expect(traceId).toBe(caller.traceId);
        }),
      ),
    );
    expectOwnParents(tracing.exporter.spans.filter(({ kind }) => kind === 'client'));
    await agent.destroy();
  });
}

function expectOwnParents(made: readonly SpanData[]): void {
  const spans = tracing.exporter.spans.filter(({ kind }) => kind === 'internal');
  const callerOf = new Map(spans.map(({ traceId, spanId }) => [traceId, spanId]));
  expect(made.filter(({ traceId, parentSpanId }) => callerOf.get(traceId) !== parentSpanId)).toEqual([]);
}
