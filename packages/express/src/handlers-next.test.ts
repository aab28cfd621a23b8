/**
 * `next` as handlers see it, beside `req.next`, which `res.format()` hands out and `res.render()` and `res.sendFile()` give their
 * errors to: with tracing as without.
 */
import { inMemoryExporter } from '@waymark/core/testing';
import express, { type Express, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { type ExpressModule, get, withRouter } from '../test/expresses.ts';
import { tracing } from './index.ts';

const versions: [string, ExpressModule][] = [
  ['Express 4', require('express4')],
  ['Express 5, router 2.2', withRouter(require('express52'), require('router22'))],
  ['Express 5, router 2.3', express],
];

type RequestWithNext = Request & { readonly next: NextFunction };

const doNothing: RequestHandler = (_request, _response, next) => next();
const answerError = (_error: unknown, _request: Request, response: Response, _next: NextFunction) =>
  void response.status(500).send('sorry');

const breaksOff = () => {
  throw new Error('not to be read');
};

function withTracing() {
  const exporter = inMemoryExporter();
  const middleware = tracing({ exporter, outbound: false, env: {} });
  async function exceptions(): Promise<unknown[]> {
    const [span] = await exporter.waitFor(1);
    return (span?.events ?? []).map(({ attributes }) => attributes['exception.message']);
  }
  return { middleware, exceptions };
}

describe.each(versions)('next on %s', (_version, expressModule) => {
  /** What handlers of every kind see of their `next`: whether it is `req.next`, which of all it is, name and length. */
  async function seenBy(first: RequestHandler, endsWithErrorHandler: boolean): Promise<Record<string, unknown>> {
    const seen: Record<string, unknown> = {};
    let nexts: NextFunction[] = [];
    const see = (place: string, request: Request, next: NextFunction) => {
      if (!nexts.includes(next)) nexts.push(next);
      const isOwn = (request as RequestWithNext).next === next;
      seen[place] = [isOwn, nexts.indexOf(next), next.name, next.length];
    };
    const handler =
      (place: string): RequestHandler =>
      (request, _response, next) => {
        see(place, request, next);
        next();
      };
    const fail: RequestHandler = (_request, _response, next) => next(new Error('broken'));

    const app = expressModule();
    app.set('env', 'test'); // or Express prints the errors that it answers itself
    app.use(first);
    const router = expressModule.Router();
    router.use(handler('in the router'), handler('in the router, second'));
    router.get('/:id', handler('in its route'), handler('in its route, second'));
    app.use(handler('in the app'));
    app.use('/in', router);
    app.use(handler('after the router'));
    app.get('/in/:id', handler('in a route'), handler('in a route, second'));
    app.use(fail);
    app.use((_error: unknown, request: Request, _response: Response, next: NextFunction) => {
      nexts = []; // may be others, from the first error on
      see('with an error', request, next);
      next();
    });
    app.use(handler('after the error'));
    app.use((request, response) => {
      response.format({
        text(_request: Request, _response: Response, next: NextFunction) {
          see('in a format', request, next);
          if (endsWithErrorHandler) next(new Error('unformatted'));
          else response.send('ok');
        },
      });
    });
    if (endsWithErrorHandler) app.use(answerError);
    seen.body = await get(app, '/in/7', { accept: 'text/plain' });
    return seen;
  }

  test.each([true, false])('looks the same to every handler; an error handler at the end: %s', async (atTheEnd) => {
    const { middleware } = withTracing();
    const withoutTracing = await seenBy(doNothing, atTheEnd);
    expect(Object.keys(withoutTracing)).toHaveLength(12);
    expect(await seenBy(middleware, atTheEnd)).toEqual(withoutTracing);
  });

  test.each<[string, (request: Request) => void]>([
    ['a Proxy that throws', (request) => Object.assign(request, { next: new Proxy(() => {}, { get: breaksOff }) })],
    ['a getter that throws', (request) => Object.defineProperty(request, 'next', { get: breaksOff, set() {} })],
    ['nothing', (request) => Object.assign(request, { next: null })],
  ])('may be made %s by the application', async (_kind, spoil) => {
    async function answerOf(first: RequestHandler): Promise<string> {
      const app = expressModule();
      app.set('env', 'test');
      app.use(first);
      app.use((request, _response, next) => {
        spoil(request);
        next();
      });
      app.use(doNothing);
      app.get('/page', doNothing, () => {
        throw Object.assign(new Error('broken'), { stack: '' }); // which is in the answer, otherwise
      });
      return get(app, '/page');
    }
    const answer = await answerOf(withTracing().middleware);
    expect(answer).toContain('Error: broken');
    expect(answer).toBe(await answerOf(doNothing));
  });

  describe.each([true, false])('with an error handler at the end: %s', (atTheEnd) => {
    async function exceptionsOf(fill: (app: Express) => void): Promise<unknown[]> {
      const { middleware, exceptions } = withTracing();
      const app = expressModule();
      app.set('env', 'test');
      app.use(middleware);
      fill(app);
      if (atTheEnd) app.use(answerError);
      await get(app, '/page', { accept: 'text/plain' });
      return exceptions();
    }

    test('a failed render is the exception', async () => {
      const fill = (app: Express) => {
        app.engine('ts', (_path, _options, callback) => callback(new Error('unrendered')));
        app.get('/page', (_request, response) => response.render(__filename));
      };
      expect(await exceptionsOf(fill)).toEqual(['unrendered']);
    });

    test('an error given to the next of a format is the exception', async () => {
      const fail = (_request: Request, _response: Response, next: NextFunction) => next(new Error('unformatted'));
      const fill = (app: Express) => app.get('/page', (_request, response) => response.format({ text: fail }));
      expect(await exceptionsOf(fill)).toEqual(['unformatted']);
    });

    test('an error that the last error handler makes is the exception', async () => {
      const fill = (app: Express) => {
        app.get('/page', () => {
          throw new Error('broken');
        });
        app.use((error: Error, _request: Request, _response: Response, next: NextFunction) =>
          next(new Error(`not ${error.message}`)),
        );
      };
      expect(await exceptionsOf(fill)).toEqual(['not broken']);
    });
  });
});

const olderVersions: [string, () => ExpressModule][] = [
  ['Express 4', () => require('express4')],
  ['Express 5, router 2.2', () => withRouter(require('express52'), require('router22'))],
];

test.each(olderVersions)('a failed render is the exception of the first request on %s', async (_version, load) => {
  const { middleware, exceptions } = withTracing();
  jest.isolateModules(() => {
    // With layers that have not been seen yet.
    const app = load()();
    app.set('env', 'test');
    app.engine('ts', (_path, _options, callback) => callback(new Error('unrendered')));
    app.use(middleware).get('/page', (_request, response) => response.render(__filename));
    void get(app, '/page');
  });
  expect(await exceptions()).toEqual(['unrendered']);
});
