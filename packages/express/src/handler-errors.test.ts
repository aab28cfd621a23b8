import { inMemoryExporter } from '@waymark/core/testing';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { type ExpressModule, get, withRouter } from '../test/expresses.ts';
import type { Layer } from './express-internals.ts';
import { tracing } from './index.ts';

const versions: [string, ExpressModule][] = [
  ['Express 4', require('express4')],
  ['Express 5, router 2.2', withRouter(require('express52'), require('router22'))],
  ['Express 5, router 2.3', express],
];

type Fill = (app: Express, express: ExpressModule) => void;

const fail = () => {
  throw new Error('broken');
};
const failInNext = (_request: Request, _response: Response, next: NextFunction) => next(new Error('broken'));
const pass = (_request: Request, _response: Response, next: NextFunction) => next();
const answer = (_request: Request, response: Response) => void response.send('ok');
const answerError = (_error: unknown, _request: Request, response: Response, _next: NextFunction) =>
  void response.status(500).send('sorry');

async function exceptionsOf(expressModule: ExpressModule, fill: Fill): Promise<unknown[]> {
  const exporter = inMemoryExporter();
  const app = expressModule();
  app.set('env', 'test'); // or Express prints the errors that it answers itself
  app.use(tracing({ exporter, outbound: false, env: {} }));
  fill(app, expressModule);
  await get(app, '/in/7');
  const [span] = await exporter.waitFor(1);
  const { 'http.response.status_code': status } = span?.attributes ?? {};
  return [status, ...(span?.events ?? []).map(({ attributes }) => attributes['exception.message'])];
}

/** Status and exceptions, each with and without an error handler at the end. */
const cases: Readonly<Record<string, { app: Fill; expected: readonly unknown[] }>> = {
  'thrown by a handler': { app: (app) => app.get('/in/:id', fail), expected: [500, 'broken'] },
  'given to next() by a handler': { app: (app) => app.get('/in/:id', failInNext), expected: [500, 'broken'] },
  'given to next() later': {
    app: (app) => app.get('/in/:id', (_request, _response, next) => void setImmediate(() => next(new Error('late')))),
    expected: [500, 'late'],
  },
  'thrown by the second handler of a route': {
    app: (app) => app.get('/in/:id', pass, fail, answer),
    expected: [500, 'broken'],
  },
  'thrown by a middleware': { app: (app) => app.use(fail).get('/in/:id', answer), expected: [500, 'broken'] },
  'thrown in a router': {
    app: (app, express) => app.use('/in', express.Router().get('/:id', fail)),
    expected: [500, 'broken'],
  },
  'given to next() by a param callback of a router': {
    app: (app, express) => {
      app.use('/in', express.Router().param('id', failInNext).get('/:id', answer));
    },
    expected: [500, 'broken'],
  },
  'thrown in an app within': {
    app: (app, express) => app.use('/in', express().get('/:id', fail)),
    expected: [500, 'broken'],
  },
  'with its status': {
    app: (app) =>
      app.get('/in/:id', (_request, _response, next) => next(Object.assign(new Error('gone'), { status: 503 }))),
    expected: [503, 'gone'],
  },
  'no Error': {
    app: (app) => app.get('/in/:id', (_request, _response, next) => next('text')),
    expected: [500, 'text'],
  },
};

describe.each(versions)('errors of handlers on %s', (_version, expressModule) => {
  test.each(Object.entries(cases))('%s, answered by Express', async (_name, { app, expected }) => {
    expect(await exceptionsOf(expressModule, app)).toEqual(expected);
  });

  test.each(Object.entries(cases))('%s, answered by the app', async (_name, { app: fill, expected }) => {
    const withErrorHandler: Fill = (app, express) => {
      fill(app, express);
      app.use(answerError);
    };
    expect(await exceptionsOf(expressModule, withErrorHandler)).toEqual([500, ...expected.slice(1)]);
  });

  test('given to next() by a param callback of the app', async () => {
    const fill: Fill = (app) => app.param('id', failInNext).get('/in/:id', answer).use(answerError);
    expect(await exceptionsOf(expressModule, fill)).toEqual([500, 'broken']);
  });

  test('the last one, where an error handler makes another of it', async () => {
    const fill: Fill = (app) => {
      app.get('/in/:id', fail);
      app.use((error: Error, _request: Request, _response: Response, next: NextFunction) =>
        next(new Error(`not ${error.message}`)),
      );
      app.use(answerError);
    };
    expect(await exceptionsOf(expressModule, fill)).toEqual([500, 'not broken']);
  });

  test('none for an answer below 500', async () => {
    const fill: Fill = (app) => {
      app.get('/in/:id', fail);
      app.use(
        (_error: Error, _request: Request, response: Response, _next: NextFunction) => void response.send('well'),
      );
    };
    expect(await exceptionsOf(expressModule, fill)).toEqual([200]);
  });

  test("none for next('route') and next('router')", async () => {
    const fill: Fill = (app, express) => {
      app.get('/in/:id', (_request, _response, next) => next('route'), fail);
      app.use(
        '/in',
        express
          .Router()
          .get('/:id', (_request, _response, next) => next('router'))
          .get('/:id', fail),
      );
      app.use((_request, response) => void response.status(500).send('own'));
    };
    expect(await exceptionsOf(expressModule, fill)).toEqual([500]);
  });
});

// Express 4 does not wait for handlers.
test.each(versions.slice(1))(
  'a rejection on %s, answered by Express and by the app',
  async (_version, expressModule) => {
    const reject: Fill = (app) => app.get('/in/:id', () => Promise.reject(new Error('rejected')));
    const withErrorHandler: Fill = (app, express) => {
      reject(app, express);
      app.use(answerError);
    };
    expect(await exceptionsOf(expressModule, reject)).toEqual([500, 'rejected']);
    expect(await exceptionsOf(expressModule, withErrorHandler)).toEqual([500, 'rejected']);
  },
);

describe.each(versions.slice(0, 2))('the layers of %s', (_version, expressModule) => {
  test('are wrapped once, and look as before', async () => {
    const router = expressModule.Router().use(pass) as unknown as { stack: Layer[] }; // its undocumented side
    const prototype = Object.getPrototypeOf(router.stack[0]);
    await exceptionsOf(expressModule, (app) => app.get('/in/:id', answer));
    const wrapped = { ...prototype };

    await exceptionsOf(expressModule, (app) => app.get('/in/:id', answer));
    jest.isolateModules(() => {
      const other: typeof import('./handler-errors.ts') = require('./handler-errors.ts'); // as in another copy of this package
      for (const layer of router.stack) other.noteErrorsOf(layer);
    });
    expect({ ...prototype }).toEqual(wrapped);
    expect(Object.entries<{ length: number }>(wrapped).map(([name, { length }]) => [name, length])).toEqual(
      'handle_request' in wrapped
        ? [
            ['handle_error', 4],
            ['handle_request', 3],
            ['match', 1],
          ]
        : [
            ['handleError', 4],
            ['handleRequest', 3],
            ['match', 1],
          ],
    );
  });
});
