// Registrations that cannot work, as JavaScript users write them. Each error says what to write instead.
import { type Channel, channel } from 'node:diagnostics_channel';
import type { AddressInfo } from 'node:net';
import { createTracer } from '@waymark/core';
import { inMemoryExporter } from '@waymark/core/testing';
import { tracing as ofExpress } from '@waymark/express';
import { tracing as ofFastify } from '@waymark/fastify';
import express5 from 'express';
import express4 from 'express4';
import express52 from 'express52';
import fastify5 from 'fastify';
import fastify4 from 'fastify4';

// biome-ignore lint/suspicious/noExplicitAny: the mistakes are those of code without types
type Untyped = any;

const expresses: [string, Untyped][] = [
  ['4', express4],
  ['5.2', express52],
  ['5.3', express5],
];
const fastifys: [string, Untyped][] = [
  ['4', fastify4],
  ['5', fastify5],
];
const quiet = { env: {}, logLevel: 'none', outbound: false } as const;

const messages: string[] = [];
const diagnostics: Channel = channel('waymark.diagnostics');
const listener = (published: unknown) => {
  const { level, message, count = 1 } = published as { level: string; message: string; count?: number };
  // Jest runs many test files in one process. A tracer of an earlier file reports further faults of a kind at intervals.
  if (level !== 'debug' && count === 1) messages.push(message);
};
beforeAll(() => diagnostics.subscribe(listener));
afterAll(() => diagnostics.unsubscribe(listener));
beforeEach(() => messages.splice(0));

/** The answers to requests for these paths, sent one after the other. */
async function ask(app: Untyped, ...paths: readonly string[]): Promise<string[]> {
  const server = await new Promise<Untyped>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
  });
  const answers: string[] = [];
  try {
    const { port } = server.address() as AddressInfo;
    for (const path of paths) answers.push(await (await fetch(`http://127.0.0.1:${port}${path}`)).text());
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  return answers;
}

describe('app.use(tracing) without the call', () => {
  test.each(expresses)('leaves the requests of Express %s alone', async (_version, express) => {
    const app = express();
    app.use(ofExpress);
    app.get('/', (_request: Untyped, response: Untyped) => response.send('fine'));
    expect(await ask(app, '/', '/')).toEqual(['fine', 'fine']);
  });

  test('is reported once in the process', async () => {
    await jest.isolateModulesAsync(async () => {
      const { tracing } = require('@waymark/express');
      const app = express5();
      app.use(tracing);
      app.get('/', (_request, response) => void response.send('fine'));
      await ask(app, '/', '/');
    });
    expect(messages).toEqual([
      'app.use(tracing) got the function that makes the middleware, so nothing is traced. Write ' +
        "app.use(tracing({ serviceName: 'gateway' })).",
    ]);
  });
});

describe('the plugin of Fastify', () => {
  test.each([[{ serviceName: 'orders' }], [undefined]])(
    'refuses to be called by the application with %j',
    (options) => {
      expect(() => (ofFastify as Untyped)(options)).toThrow(
        expect.objectContaining({
          code: 'WAYMARK_WRONG_FRAMEWORK',
          message: expect.stringContaining("await app.register(tracing, { serviceName: 'orders' })"),
        }),
      );
    },
  );

  test.each(expresses)('leaves the requests of Express %s alone', async (_version, express) => {
    const app = express();
    app.use(ofFastify);
    app.get('/', (_request: Untyped, response: Untyped) => response.send('fine'));
    expect(await ask(app, '/')).toEqual(['fine']);
  });
});

describe('the middleware of Express', () => {
  test.each(fastifys)('is refused by Fastify %s as a plugin, called or not', async (_version, fastify) => {
    for (const plugin of [ofExpress, ofExpress({ ...quiet, exporter: [] })]) {
      const app = fastify();
      app.register(plugin, {});
      await expect(app.ready()).rejects.toMatchObject({
        code: 'WAYMARK_WRONG_FRAMEWORK',
        message: expect.stringContaining("import { tracing } from '@waymark/fastify', and await app.register(tracing"),
      });
      await app.close();
    }
  });
});

describe.each(expresses)('routes before tracing in Express %s', (_version, express) => {
  const end = (_request: Untyped, response: Untyped) => response.send('fine');
  const reports = () => messages.filter((message) => message.includes('registered before tracing'));

  test('are reported once, also if no request reaches tracing', async () => {
    const app = express();
    app.get('/a', end);
    app.use('/users', express.Router().get('/:id', end));
    app.use(ofExpress({ ...quiet, exporter: [] }));
    await ask(app, '/a', '/users/7', '/a');
    expect(reports()).toHaveLength(1);
    expect(reports()[0]).toContain(
      '2 routes were registered before tracing, so requests to them are not traced: GET /a, ',
    );
    expect(reports()[0]).toContain('Move app.use(tracing(…)) above them.');
  });

  test('are reported also if the application replaces req.app', async () => {
    const app = express();
    app.get('/a', (request: Untyped, response: Untyped) => {
      request.app = { name: 'gateway' };
      response.send('fine');
    });
    app.use(ofExpress({ ...quiet, exporter: [] }));
    await ask(app, '/a');
    expect(reports()).toEqual([expect.stringContaining('1 route was registered before tracing')]);
  });

  test('are not reported if there are none, or if tracing is registered below a path', async () => {
    const app = express();
    app.use((_request: Untyped, _response: Untyped, next: () => void) => next());
    app.use(ofExpress({ ...quiet, exporter: [] }));
    app.get('/a', end);
    const other = express();
    other.get('/a', end);
    other.use('/api', ofExpress({ ...quiet, exporter: [] }));
    other.get('/api/b', end);
    expect(await ask(app, '/a')).toEqual(['fine']);
    expect(await ask(other, '/a', '/api/b')).toEqual(['fine', 'fine']);
    expect(reports()).toEqual([]);
  });

  test('are not reported if they are for monitors', async () => {
    const lines: string[] = [];
    const app = express();
    app.get('/healthz', end);
    app.get('/internal/metrics', end);
    app.use(ofExpress({ env: {}, outbound: false, exporter: [], log: (line) => lines.push(line) }));
    app.get('/a', end);
    expect(await ask(app, '/healthz', '/a')).toEqual(['fine', 'fine']);
    expect(lines).toEqual([]);
  });
});

describe('two tracing() for one request', () => {
  test.each(expresses)('of two service names are reported once, in Express %s', async (_version, express) => {
    const [outer, inner] = [inMemoryExporter(), inMemoryExporter()];
    const app = express();
    const router = express.Router();
    router.use(ofExpress({ ...quiet, serviceName: 'users', exporter: inner, ignore: '/x' }));
    router.get('/:id', (_request: Untyped, response: Untyped) => response.send('fine'));
    app.use(ofExpress({ ...quiet, serviceName: 'gateway', exporter: outer }));
    app.use('/users', router);
    await ask(app, '/users/7', '/users/8');
    expect([outer.spans.map(({ name }) => name), inner.spans]).toEqual([['GET /users/:id', 'GET /users/:id'], []]);
    expect(messages).toEqual([
      'a request passed tracing() twice: its span belongs to the first one (service "gateway"), so env, logLevel, ' +
        'outbound, serviceName, exporter, ignore of the second one (service "users") has no effect. ' +
        'Register tracing() once, or give both the same tracer: tracing({ tracer }).',
    ]);
  });

  test.each(expresses)('that share a tracer are not reported, in Express %s', async (_version, express) => {
    const tracer = createTracer({ ...{ env: {}, logLevel: 'none' }, exporter: inMemoryExporter() });
    const app = express();
    const twice = ofExpress(tracer);
    app.use(twice, twice, ofExpress({ tracer, outbound: false }), ofExpress(tracer));
    app.get('/', (_request: Untyped, response: Untyped) => response.send('fine'));
    await ask(app, '/');
    expect(messages).toEqual([]);
  });
});
