// Response headers that name the trace of a request to a browser. https://w3c.github.io/trace-context/#trace-context-http-response-headers-format
import type { OutgoingHttpHeaders } from 'node:http';
import { tracing as fastifyTracing } from '@waymark/fastify';
import fastify from 'fastify';
import fastify4 from 'fastify4';
import type { Handler, TracingOptions } from '../server/adapter-under-test.ts';
import type { MakeFastify } from '../server/fastify-adapter.ts';
import { request } from '../server/raw-client.ts';
import { callerOf, closeAll, startTraced } from '../server/traced-app.ts';
import { frameworks } from './frameworks.ts';

type ResponseHeaders = readonly ('traceresponse' | 'server-timing')[];

const both: ResponseHeaders = ['traceresponse', 'server-timing'];
const answer: Handler = ({ send }) => send(200, 'user');

afterEach(closeAll);

describe.each(frameworks)('%s', (_, adapter) => {
  async function get(handler: Handler, responseHeaders: ResponseHeaders | undefined, tracing: TracingOptions = {}) {
    const options = { ...tracing, ...(responseHeaders && { responseHeaders }) };
    const app = await startTraced(adapter, {
      tracing: options,
      routes: [{ method: 'GET', path: '/users/:id', handler }],
    });
    const response = await app.request('/users/7', { headers: [['traceparent', callerOf(1).traceparent]] });
    const id = app.exporter.spans[0]?.spanId;
    return { ...response, app, traceparent: `00-${callerOf(1).traceId}-${id}-01` };
  }

  test('sends neither header unless asked', async () => {
    const { headers } = await get(answer, undefined);
    for (const name of [...both, 'access-control-expose-headers']) expect(headers).not.toHaveProperty(name);
  });

  test('names its own span in traceresponse', async () => {
    const { headers, traceparent, body } = await get(answer, ['traceresponse']);
    expect(headers).toMatchObject({ traceresponse: traceparent, 'access-control-expose-headers': 'traceresponse' });
    expect(headers).not.toHaveProperty('server-timing');
    expect(body).toBe('user');
  });

  test('names its own span in server-timing', async () => {
    const { headers, traceparent } = await get(answer, ['server-timing']);
    expect(headers).toMatchObject({
      'server-timing': `trace;desc="${traceparent}"`,
      'access-control-expose-headers': 'server-timing',
    });
    expect(headers).not.toHaveProperty('traceresponse');
    expect(headers).not.toHaveProperty('timing-allow-origin');
  });

  test('has flags 00 and a separate span id for a request that is not sampled', async () => {
    const app = await startTraced(adapter, {
      tracing: { responseHeaders: ['traceresponse'] } as TracingOptions,
      routes: [{ method: 'GET', path: '/users/:id', handler: answer }],
    });
    const unsampled = callerOf(1, '02');
    const { headers } = await app.request('/users/7', { headers: [['traceparent', unsampled.traceparent]] });
    expect(headers.traceresponse).toMatch(new RegExp(`^00-${unsampled.traceId}-[0-9a-f]{16}-02$`));
    expect(headers.traceresponse).not.toContain(unsampled.spanId);
  });

  describe('traceUrl', () => {
    const traceUrl = 'http://localhost:4318/trace/{traceId}';
    const traceOptions = { traceUrl } as TracingOptions;

    test('is the address of the trace in the viewer', async () => {
      const { headers } = await get(answer, undefined, traceOptions);
      expect(headers).toMatchObject({
        'x-trace-url': `http://localhost:4318/trace/${callerOf(1).traceId}`,
        'access-control-expose-headers': 'x-trace-url',
      });
      expect(headers).not.toHaveProperty('traceresponse');
    });

    test('is taken from the variable, and sent with the other headers', async () => {
      const { headers, traceparent } = await get(answer, ['traceresponse'], {
        env: { WAYMARK_TRACE_URL: traceUrl },
      } as TracingOptions);
      expect(headers).toMatchObject({
        'x-trace-url': `http://localhost:4318/trace/${callerOf(1).traceId}`,
        traceresponse: traceparent,
        'access-control-expose-headers': 'traceresponse, x-trace-url',
      });
    });

    test('is absent for a request that is ignored or not sampled', async () => {
      const { headers } = await get(answer, undefined, { ...traceOptions, ignore: '/users/7' });
      expect(headers).not.toHaveProperty('x-trace-url');
      const app = await startTraced(adapter, {
        tracing: traceOptions,
        routes: [{ method: 'GET', path: '/users/:id', handler: answer }],
      });
      const unsampled = await app.request('/users/7', { headers: [['traceparent', callerOf(1, '02').traceparent]] });
      expect(unsampled.headers).not.toHaveProperty('x-trace-url');
      expect(unsampled.headers).not.toHaveProperty('access-control-expose-headers');
    });

    test.each(['http://localhost/trace', 'ftp://host/{traceId}', '/trace/{traceId}', 'http://h/{traceId}\r\nx: y'])(
      'is refused as %j',
      async (wrong) => {
        await expect(get(answer, undefined, { traceUrl: wrong } as TracingOptions)).rejects.toThrow(
          expect.objectContaining({ code: 'WAYMARK_INVALID_OPTION' }),
        );
      },
    );
  });

  test('sends no header for an ignored request', async () => {
    const { headers } = await get(answer, both, { ignore: '/users/7' });
    for (const name of both) expect(headers).not.toHaveProperty(name);
  });

  test('follows the values that the application sets, and leaves its traceresponse alone', async () => {
    const { headers, traceparent } = await get(({ response, send }) => {
      response.setHeader('Server-Timing', 'db;dur=5, cache;desc="a, b"');
      response.setHeader('Access-Control-Expose-Headers', 'X-Total, TraceResponse');
      response.setHeader('traceresponse', 'own');
      send(200, 'user');
    }, both);
    expect(headers).toMatchObject({
      'server-timing': `db;dur=5, cache;desc="a, b", trace;desc="${traceparent}"`,
      'access-control-expose-headers': 'X-Total, TraceResponse, server-timing',
      traceresponse: 'own',
    });
  });

  test.each<[form: string, headers: OutgoingHttpHeaders | string[]]>([
    ['an object', { 'Server-Timing': 'db;dur=5', 'X-Total': '1' }],
    ['an object with an array in it', { 'Server-Timing': ['db;dur=5'], 'x-total': 1 }],
    ['an array', ['Server-Timing', 'db;dur=5', 'X-Total', '1']],
  ])('follows the values that the application gives to writeHead as %s', async (_form, given) => {
    for (const setBefore of [false, true]) {
      const { headers, traceparent, status } = await get(({ takeOver }) => {
        const response = takeOver();
        if (setBefore) response.setHeader('X-Before', '1');
        response.writeHead(201, 'Made', given as OutgoingHttpHeaders).end(); // Node's types do not allow an array after a status message
      }, both);
      expect(status).toBe(201);
      expect(headers).toMatchObject({
        'server-timing': `db;dur=5, trace;desc="${traceparent}"`,
        'x-total': '1',
        traceresponse: traceparent,
        ...(setBefore && { 'x-before': '1' }),
      });
      await closeAll();
    }
  });

  test('keeps the headers that were set before when writeHead is given others', async () => {
    const { headers, traceparent } = await get(({ takeOver }) => {
      const response = takeOver();
      response.setHeader('Server-Timing', 'db;dur=5');
      response.writeHead(200, ['X-Total', '1']).end();
    }, both);
    expect(headers).toMatchObject({ 'server-timing': `db;dur=5, trace;desc="${traceparent}"`, 'x-total': '1' });
  });

  test('is sent with an answer that only writes, and with an empty answer', async () => {
    const written = await get(({ takeOver }) => takeOver().end('user'), ['traceresponse']);
    expect(written.headers.traceresponse).toBe(written.traceparent);
    const flushed = await get(
      ({ takeOver }) => {
        const response = takeOver();
        response.flushHeaders();
        response.end();
      },
      ['traceresponse'],
    );
    expect(flushed.headers.traceresponse).toBe(flushed.traceparent);
  });

  test('leaves the errors of writeHead to the application', async () => {
    const errors: unknown[] = [];
    const { status } = await get(({ takeOver }) => {
      const response = takeOver();
      for (const args of [[99], [200, { 'bad name': '1' }]] as const) {
        try {
          response.writeHead(...(args as [number]));
        } catch (error) {
          errors.push((error as NodeJS.ErrnoException).code);
        }
      }
      response.writeHead(202).end();
    }, both);
    expect(errors).toEqual(['ERR_HTTP_INVALID_STATUS_CODE', 'ERR_INVALID_HTTP_TOKEN']);
    expect(status).toBe(202);
  });

  test.each([['server-timing'], [['x-trace']], [[1]], [true]])(
    'refuses %j with what to write instead',
    async (value) => {
      const tracing = { responseHeaders: value } as unknown as TracingOptions;
      const starting = async () => startTraced(adapter, { tracing, routes: [] });
      await expect(starting()).rejects.toThrow(/responseHeaders must be a list of .*WAYMARK_INVALID_OPTION/);
    },
  );
});

test.each([
  ['fastify 4', fastify4 as unknown as MakeFastify] as const,
  ['fastify 5', fastify as unknown as MakeFastify] as const, // see MakeFastify
])('%s keeps the headers that its reply sets', async (_, framework) => {
  const app = framework();
  app.register(fastifyTracing, { responseHeaders: both, exporter: [], env: {} });
  app.get('/users/:id', async (_request, reply) => {
    reply.header('Server-Timing', 'db;dur=5').header('access-control-expose-headers', 'x-total');
    return { id: 7 };
  });
  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  try {
    const { headers, body } = await request(Number(new URL(address).port), '/users/7');
    expect(headers['server-timing']).toMatch(/^db;dur=5, trace;desc="00-[0-9a-f]{32}-[0-9a-f]{16}-03"$/);
    expect(headers['access-control-expose-headers']).toBe('x-total, traceresponse, server-timing');
    expect(headers.traceresponse).toMatch(/^00-/);
    expect(body).toBe('{"id":7}');
  } finally {
    await app.close();
  }
});
