// The code of the guide (docs/spans.md and its neighbours) and docs/troubleshooting.md, running. docs.test.ts checks that each block
// is in a file like this one, word for word.
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import {
  activeSpan,
  bind,
  contextWith,
  createTracer,
  extract,
  getBaggage,
  getTracer,
  inject,
  parentBasedSampler,
  rateLimitedSampler,
  type Span,
  setBaggage,
  setDefaultTracer,
  startSpan,
  withBaggage,
  withContext,
  withSpan,
} from '@waymark/core';
import { setRoute, traceHandler } from '@waymark/core/http';
import { instrumentOutbound } from '@waymark/core/outbound';
import { inMemoryExporter, type SpanData } from '@waymark/core/testing';
import { tracing } from '@waymark/express';
import express from 'express';
import request from 'supertest';

const exporter = inMemoryExporter();
getTracer({ serviceName: 'guide', exporter, flushOnExit: false });
beforeEach(() => exporter.reset());

describe('your own spans', () => {
  const id = '7';
  const users = { find: async (key: string) => ({ id: key, name: 'Ada' }) };
  const files = { open: (path: string) => ({ path, bytes: 12, close() {} }) };

  test('withSpan()', async () => {
    const user = await withSpan('loadUser', { attributes: { 'user.id': id } }, async (span) => {
      const found = await users.find(id);
      span.setAttribute('user.name', found.name);
      return found;
    });

    expect(user.name).toBe('Ada');
    expect(outline(exporter.spans)).toEqual(['loadUser {"user.id":"7","user.name":"Ada"}']);
  });

  test('a helper around withSpan()', async () => {
    function traced<Value>(name: string, work: (span: Span) => Value | Promise<Value>): Promise<Value> {
      return withSpan(name, async (span) => work(span));
    }

    const rows: Promise<number> = traced('count', (span) => {
      span.setAttribute('rows', 2);
      return 2;
    });
    expect(await rows).toBe(2);
    expect(outline(exporter.spans)).toEqual(['count {"rows":2}']);
  });

  test('a call of a library', async () => {
    const database = { run: async (_text: string, values: unknown[]) => values };
    function query(summary: string, text: string, values: unknown[]) {
      const attributes = { 'db.system.name': 'duckdb', 'db.query.summary': summary, 'db.query.text': text };
      return withSpan(summary, { kind: 'client', attributes }, () => database.run(text, values));
    }

    expect(await query('SELECT users', 'SELECT name FROM users WHERE id = ?', [7])).toEqual([7]);
    expect(exporter.spans[0]).toMatchObject({ name: 'SELECT users', kind: 'client' });
  });

  test('activeSpan()', () => {
    const key = 'user:7';
    withSpan('loadUser', () => {
      activeSpan()?.addEvent('cache miss', { 'cache.key': key });
    });

    expect(exporter.spans[0]?.events).toMatchObject([{ name: 'cache miss', attributes: { 'cache.key': 'user:7' } }]);
  });

  test('startSpan()', async () => {
    const upload = new PassThrough();

    const span = startSpan('upload', { attributes: { 'file.name': 'a.txt' } });
    upload.on('close', () => span.end());

    upload.destroy();
    await exporter.waitFor(1);
    expect(outline(exporter.spans)).toEqual(['upload {"file.name":"a.txt"}']);
  });

  test('using', () => {
    function read(path: string) {
      using span = startSpan('read', { attributes: { 'file.path': path } });
      const file = files.open(path);
      span.setAttribute('file.size', file.bytes);
      return file;
    }

    read('a.txt');
    expect(outline(exporter.spans)).toEqual(['read {"file.path":"a.txt","file.size":12}']);
  });

  test('bind()', () => {
    const pool = new EventEmitter();
    const span = startSpan('query');
    withContext(contextWith(span), () => {
      pool.once(
        'free',
        bind(() => activeSpan()?.addEvent('connection')),
      );
    });

    pool.emit('free'); // later, outside of the context
    span.end();
    expect(exporter.spans[0]?.events).toMatchObject([{ name: 'connection' }]);
  });
});

describe('errors', () => {
  test('an exception is recorded and rethrown', async () => {
    const charge = () => Promise.reject(new RangeError('the card has expired'));
    const failed = withSpan('charge', charge);

    await expect(failed).rejects.toThrow('the card has expired');
    expect(exporter.spans[0]).toMatchObject({
      status: { code: 'error', message: 'the card has expired' },
      events: [{ name: 'exception', attributes: { 'exception.type': 'RangeError' } }],
    });
  });

  test('an error that is caught is recorded on request', () => {
    const queue = { push: () => {} };
    const cardService = {
      charge(): void {
        throw new Error('no answer');
      },
    };
    withSpan('charge', (span) => {
      try {
        cardService.charge();
      } catch (error) {
        span.recordException(error); // an event; the span has not failed
        queue.push();
      }
    });

    expect(exporter.spans[0]).toMatchObject({ status: { code: 'unset' }, events: [{ name: 'exception' }] });
  });

  test('a failure without an exception', () => {
    withSpan('charge', (span) => {
      span.setStatus({ code: 'error', message: 'declined' });
    });

    expect(exporter.spans[0]).toMatchObject({ status: { code: 'error', message: 'declined' }, events: [] });
  });
});

test('the active span has the trace id for logs', () => {
  const log = jest.fn();
  withSpan('any', () => {
    log({ traceId: activeSpan()?.traceId, message: 'user not found' });
  });

  expect(log).toHaveBeenCalledWith({ traceId: exporter.spans[0]?.traceId, message: 'user not found' });
});

describe('outbound calls and baggage', () => {
  let baseUrl: string;
  const server = createServer((incoming, response) => response.end(incoming.headers.baggage));

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens
  });
  afterAll(() => server.close());

  test('of a script are traced', async () => {
    instrumentOutbound();
    await withSpan('report', () => fetch(`${baseUrl}/data`));

    expect(exporter.spans.map(({ name, kind }) => [name, kind])).toEqual([
      ['GET', 'client'],
      ['report', 'internal'],
    ]);
  });

  test('baggage travels with calls', async () => {
    const answer = await withSpan('front', async () => {
      setBaggage('tenant', 'acme');
      return fetch(`${baseUrl}/invoices`); // with the header `baggage: tenant=acme`
    });

    expect(await answer.text()).toBe('tenant=acme');
  });

  test('baggage is set outside of a span by withBaggage()', async () => {
    const runJobs = async () => getBaggage('tenant');
    const ran = withBaggage({ tenant: 'acme' }, () => runJobs());

    expect(await ran).toBe('acme');
    expect(getBaggage('tenant')).toBeUndefined();
  });
});

describe('sampling', () => {
  test('by ratio', () => {
    const app = express();
    app.use(tracing({ serviceName: 'gateway', sampler: { name: 'parentbased_traceidratio', ratio: 0.1 } }));

    const tracer = createTracer({ exporter: 'none', sampler: { name: 'parentbased_traceidratio', ratio: 0.1 } });
    expect(tracer.describeSettings()).toContain('ParentBased{root=TraceIdRatioBased{0.1}}  (code)');
  });

  test('by ratio, with a limit per second', () => {
    const tenth = { name: 'parentbased_traceidratio', ratio: 0.1 } as const;
    const sampler = rateLimitedSampler({ tracesPerSecond: 100, sampler: tenth });

    const tracer = createTracer({ exporter: [], sampler });
    for (let count = 0; count < 10_000; count++) tracer.startSpan('any').end();
    // A thousand would be a tenth. A hundred at once, and a hundred for each second that this takes.
    expect(tracer.stats().started).toBeLessThan(700);
  });

  test('by your own rule', () => {
    const tracer = createTracer({
      serviceName: 'gateway',
      exporter: [],
      sampler: parentBasedSampler({ root: ({ attributes }) => attributes['url.path'] !== '/poll' }),
    });

    tracer.withSpan('GET', { attributes: { 'url.path': '/poll' } }, () => tracer.withSpan('step', () => {}));
    tracer.withSpan('GET', { attributes: { 'url.path': '/users/7' } }, () => tracer.withSpan('step', () => {}));
    expect(tracer.stats()).toMatchObject({ started: 2, notSampled: 1 });
  });
});

test('other protocols: inject() and extract()', async () => {
  interface Job {
    headers: Record<string, string>;
    to: string;
  }
  const jobs: Job[] = [];
  const queue = { add: (job: Job) => jobs.push(job) };
  const sendEmail = (to: string) => to;

  function enqueueEmail(to: string) {
    return withSpan('enqueue email', { kind: 'producer' }, () => {
      const headers = {};
      inject(headers);
      return queue.add({ headers, to });
    });
  }

  function processEmail(job: Job) {
    return withSpan('process email', { kind: 'consumer', parent: extract(job.headers) }, () => sendEmail(job.to));
  }

  enqueueEmail('ada@example.com');
  expect(processEmail(jobs[0] as Job)).toBe('ada@example.com');
  const [producer, consumer] = exporter.spans;
  expect(consumer).toMatchObject({ traceId: producer?.traceId, parentSpanId: producer?.spanId, parentIsRemote: true });
});

describe('HTTP', () => {
  test('requests are ignored by path, pattern or function', async () => {
    const app = express();
    app.use(
      tracing({
        serviceName: 'gateway',
        exporter,
        outbound: false,
        ignore: ['/healthz', /^\/assets\//, (request) => request.method === 'OPTIONS'],
      }),
    );
    app.use((_request, response) => response.sendStatus(204));

    for (const path of ['/healthz', '/assets/a.css', '/users/7']) await request(app).get(path);
    const spans = await serverSpans(1);
    expect(spans.map(({ attributes }) => attributes['url.path'])).toEqual(['/users/7']);
  });

  test('callers that are not trusted get a new trace', async () => {
    const app = express();
    app.use(
      tracing({
        serviceName: 'gateway',
        exporter,
        outbound: false,
        trust: 'link', // a new trace for each request, with a link to the caller's
        propagateTo: ['local', '*.example.com'], // no headers to other hosts
      }),
    );

    const caller = '4bf92f3577b34da6a3ce929d0e0e4736';
    await request(app).get('/').set('traceparent', `00-${caller}-00f067aa0ba902b7-01`);
    const [span] = await serverSpans(1);
    expect(span?.traceId).not.toBe(caller);
    expect(span?.links).toMatchObject([{ traceId: caller }]);
  });

  test('a plain server', async () => {
    const server = createServer(
      traceHandler(
        (request, response) => {
          setRoute(request, '/users/:id');
          response.end('Ada');
        },
        { serviceName: 'users', exporter },
      ),
    );

    await request(server).get('/users/7');
    expect((await serverSpans(1)).map(({ name }) => name)).toEqual(['GET /users/:id']);
  });
});

describe('exporters', () => {
  test('several at once', async () => {
    const tracer = createTracer({ serviceName: 'report', exporter: ['otlp', 'console'] });

    expect(tracer.stats().exporters.map(({ name }) => name)).toEqual(['otlp', 'console']);
    await tracer.shutdown();
  });

  test('the tracer of the process', async () => {
    const makeReport = (): void => {};
    const before = getTracer();
    const tracer = createTracer({ serviceName: 'report', exporter, flushOnExit: false, logLevel: 'none' });
    setDefaultTracer(tracer);
    await withSpan('report', makeReport);

    expect(tracer.stats().ended).toBeGreaterThan(0);
    setDefaultTracer(before);
    await tracer.shutdown();
  });

  test('a part of the application, by its scope', async () => {
    const cards = { charge: async (_order: object): Promise<string> => 'paid' };
    const order = {};
    await getTracer()
      .withScope('checkout', '1.2.0')
      .withSpan('charge', () => cards.charge(order));

    await getTracer().flush();
    expect(exporter.spans.at(-1)?.scope).toEqual({ name: 'checkout', version: '1.2.0' });
  });

  test('flush() and shutdown() report what happened to the spans', async () => {
    const tracer = createTracer({ serviceName: 'report', exporter, flushOnExit: false });
    tracer.withSpan('report', () => {});

    const { delivered, lost, complete } = await tracer.shutdown();

    expect({ delivered, lost, complete }).toEqual({ delivered: 1, lost: 0, complete: true });
  });
});

describe('troubleshooting', () => {
  test('what the tracer reports', async () => {
    const printed = jest.spyOn(console, 'log').mockImplementation();
    console.log(getTracer().stats());
    console.log(getTracer().describeSettings());
    console.log(await getTracer().healthCheck());

    expect(printed.mock.calls[0]?.[0]).toMatchObject({ waiting: 0, dropped: {}, lastExportError: undefined });
    expect(printed.mock.calls[1]?.[0]).toMatch(/^serviceName +guide {2}\(code\)$/m);
    expect(printed.mock.calls[2]?.[0]).toMatchObject({ ok: true, exporters: [{ name: 'memory', ok: true }] });
    printed.mockRestore();
  });

  test('messages go where you say', () => {
    const logger = { warn: jest.fn() };
    const tracer = createTracer({ serviceName: 'gateway', log: (line) => logger.warn(line) });

    tracer.startSpan('load', { parent: {} as never });
    expect(logger.warn).toHaveBeenCalledWith(expect.stringMatching(/^waymark warn: parents were ignored/));
  });
});

async function serverSpans(count: number): Promise<readonly SpanData[]> {
  for (let total = count; ; total++) {
    const spans = (await exporter.waitFor(total)).filter(({ kind }) => kind === 'server');
    if (spans.length >= count) return spans;
  }
}

function outline(spans: readonly SpanData[]): string[] {
  return spans.map(({ name, attributes }) => `${name} ${JSON.stringify(attributes)}`);
}
