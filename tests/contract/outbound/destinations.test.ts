// Which headers a call carries, by its destination. Here every host name resolves to this machine.
import { type IncomingHttpHeaders, type RequestOptions, request as requestByNode } from 'node:http';
import { createHttpTracing, type HttpOptions } from '@waymark/core/http';
import { type Downstream, startDownstream } from './downstream.ts';
import { startTracing, type Tracing } from './tracing.ts';
import { loadUndici } from './undici-versions.ts';

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

type Headers = Record<string, string | string[]>;
type Send = (host: string, path: string, headers: Headers) => Promise<void>;

/** Resolves every name to this machine. */
const lookup = (_name: string, { all }: { all?: boolean }, done: (...args: unknown[]) => void): void => {
  if (all) done(null, [{ address: '127.0.0.1', family: 4 }]);
  else done(null, '127.0.0.1', 4);
};

const undici = loadUndici(7) as NonNullable<ReturnType<typeof loadUndici>>; // every Node that is tested has it

const clients: readonly (readonly [string, Send])[] = [
  [
    'node:http',
    (host, path, headers) =>
      new Promise((resolve, reject) => {
        const options = { host, port: downstream.port, path, headers, lookup } as RequestOptions;
        requestByNode(options, (response) => response.resume().on('end', resolve))
          .on('error', reject)
          .end();
      }),
  ],
  [
    'undici',
    async (host, path, headers) => {
      const dispatcher = new undici.Agent({ connect: { lookup: lookup as never } });
      const { body } = await undici.request(`http://${host}:${downstream.port}${path}`, { headers, dispatcher });
      await body.dump();
      await dispatcher.close();
    },
  ],
];

const incoming = {
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  tracestate: 'acme=forged,vendor=1',
  baggage: 'tenant=acme',
};

describe.each(clients)('a call by %s', (_client, send) => {
  /** The headers that arrive with a call, made in the context of a caller that sent every header. */
  async function sent(
    options: HttpOptions,
    host: string,
    { path = '/', headers = {} }: { path?: string; headers?: Headers } = {},
  ): Promise<IncomingHttpHeaders> {
    const { tracer } = tracing;
    createHttpTracing({ tracer, ...options });
    await tracer.withSpan('caller', { parent: tracer.extract(incoming) }, () => send(host, path, headers));
    expect(await tracing.calls(downstream.received.length)).toHaveLength(downstream.received.length); // each call has a span
    return downstream.received.at(-1)?.headers ?? {};
  }

  test('carries all to a host of the local network', async () => {
    const headers = await sent({}, 'orders');
    expect(headers).toMatchObject({ tracestate: 'acme=forged,vendor=1', baggage: 'tenant=acme' });
    expect(headers.traceparent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-/);
  });

  test('carries the trace but no baggage to other hosts', async () => {
    const headers = await sent({}, 'api.example.com');
    expect(headers.traceparent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-/);
    expect(headers).not.toHaveProperty('baggage');
  });

  test('carries no baggage to other hosts in Jaeger’s headers either', async () => {
    tracing.stop();
    tracing = startTracing({ propagators: ['tracecontext', 'baggage', 'jaeger'] });
    expect(await sent({}, 'orders')).toMatchObject({ 'uberctx-tenant': 'acme' });
    expect(await sent({}, 'api.example.com')).not.toHaveProperty('uberctx-tenant');
  });

  test('carries baggage to hosts that are listed', async () => {
    const headers = await sent({ propagateTo: { baggage: ['local', '*.example.com'] } }, 'api.example.com');
    expect(headers.baggage).toBe('tenant=acme');
  });

  test('carries nothing to hosts that are not listed', async () => {
    const options = { propagateTo: ['local', 'api.example.com'] };
    expect(await sent(options, 'api.example.com')).toMatchObject({ baggage: 'tenant=acme' });
    const others = await sent(options, 'other.example.com');
    for (const name of ['traceparent', 'tracestate', 'baggage']) expect(others).not.toHaveProperty(name);
  });

  test('carries nothing if the function fails, and is still made', async () => {
    const propagateTo = (): boolean => {
      throw new Error('broken');
    };
    expect(await sent({ propagateTo }, 'orders')).not.toHaveProperty('traceparent');
    expect(tracing.tracer.stats().diagnostics).toMatchObject({ 'hook-failed': 2 });
  });

  test('carries our member of tracestate to our hosts, and removes it for others', async () => {
    const options = { traceStateMember: { key: 'acme', value: '7f3a' } };
    expect(await sent(options, 'orders')).toMatchObject({ tracestate: 'acme=7f3a,vendor=1' });
    const others = await sent(options, 'api.example.com');
    expect(others).toMatchObject({ tracestate: 'vendor=1' });
    const [own, other] = await tracing.calls(2);
    const ids = downstream.received.map(({ headers }) => String(headers.traceparent).split('-')[2]);
    expect(ids).toEqual([own?.spanId, other?.spanId]);
  });

  test.each<[string, { path?: string; headers?: Headers }]>([
    ['AWS Signature Version 4', { headers: { authorization: 'AWS4-HMAC-SHA256 Credential=a/b, Signature=c' } }],
    ['AWS Signature Version 4A', { headers: { Authorization: 'AWS4-ECDSA-P256-SHA256 Credential=a/b' } }],
    ['a signature in an array', { headers: { authorization: ['AWS4-HMAC-SHA256 Credential=a/b'] } }],
    ['a name in upper case', { headers: { AUTHORIZATION: 'AWS4-HMAC-SHA256 Credential=a/b' } }],
    ['a shared access signature of Azure', { path: '/key?sv=2024-11-04&sig=abc' }],
    ['a presigned URL of AWS', { path: '/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=abc' }],
    ['a presigned URL of Google', { path: '/key?X-Goog-Signature=abc' }],
  ])('carries no header that %s would not cover, nor does a retry', async (_what, call) => {
    const given = { ...call, headers: { 'x-own': '1', ...call.headers } };
    const before = structuredClone(given);
    for (const attempt of [1, 2]) {
      const headers = await sent({}, 'orders', given);
      expect({ attempt, names: Object.keys(headers).filter((name) => /^(trace|baggage)/.test(name)) }).toEqual({
        attempt,
        names: [],
      });
    }
    expect(given).toEqual(before);
  });

  test('leaves the caller’s headers as they are, so that a retry can sign them', async () => {
    const headers = { 'x-own': '1' };
    expect(await sent({}, 'orders', { headers })).toHaveProperty('traceparent');
    expect(headers).toEqual({ 'x-own': '1' });
  });

  test('carries headers with a bearer token', async () => {
    expect(await sent({}, 'orders', { headers: { authorization: 'Bearer AWS4-x' } })).toHaveProperty('traceparent');
  });
});
