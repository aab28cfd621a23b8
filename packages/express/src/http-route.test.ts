import type { SpanData } from '@waymark/core/testing';
import { inMemoryExporter } from '@waymark/core/testing';
import express, { type Express, type NextFunction, type Request, type Response, type Router } from 'express';
import { type ExpressModule, withRouter, withServer } from '../test/expresses.ts';
import { tracing } from './index.ts';

const versions: [string, ExpressModule][] = [
  ['Express 4', require('express4')],
  ['Express 5, router 2.2', withRouter(require('express52'), require('router22'))],
  ['Express 5, router 2.3', express],
];

interface Case {
  /** What is registered after `tracing()`. */
  readonly app: (app: Express, express: ExpressModule) => void;
  /** Requests in order; a GET if no method is named. */
  readonly requests: readonly string[];
  /** `http.route` of each request. */
  readonly routes: readonly (string | undefined)[];
  /** The expectation for an older router, which shows less. */
  readonly otherwise?: Readonly<Record<string, readonly (string | undefined)[]>>;
  /** Where the path is written in the language of one major only. */
  readonly only?: 4 | 5;
}

const answer = (_request: Request, response: Response) => void response.send('ok');
const pass = (_request: Request, _response: Response, next: NextFunction) => next();
const fail = () => {
  throw new Error('broken');
};
const answerError = (_error: unknown, _request: Request, response: Response, _next: NextFunction) =>
  void response.status(500).send('sorry');

function routerOf(express: ExpressModule, fill: (router: Router) => void, mergeParams = false): Router {
  const router = express.Router({ mergeParams });
  fill(router);
  return router;
}

const cases: Readonly<Record<string, Case>> = {
  'a route of the app': {
    app: (app) => app.get('/users/:id', answer),
    requests: ['/users/7', '/users/7?sort=name', '/users/caf%C3%A9/'],
    routes: ['/users/:id', '/users/:id', '/users/:id'],
  },
  'the root': { app: (app) => app.get('/', answer), requests: ['/', '/?a=b'], routes: ['/', '/'] },
  'a route with a slash at its end, as registered': {
    app: (app) => app.get('/users/', answer),
    requests: ['/users', '/users/'],
    routes: ['/users/', '/users/'],
  },
  'app.route()': {
    app: (app) => app.route('/books').get(answer).post(answer),
    requests: ['/books', 'POST /books', 'PUT /books'],
    routes: ['/books', '/books', undefined],
  },
  'app.all()': {
    app: (app) => app.all('/any', answer),
    requests: ['DELETE /any', 'HEAD /any'],
    routes: ['/any', '/any'],
  },
  'a HEAD request that a GET route answers': {
    app: (app) => app.get('/users/:id', answer),
    requests: ['HEAD /users/7'],
    routes: ['/users/:id'],
  },
  'no route for a HEAD request where there is no GET': {
    app: (app) => app.post('/users/:id', answer),
    requests: ['HEAD /users/7'],
    routes: [undefined],
  },
  'no route for what matched nothing': {
    app: (app) => app.get('/users/:id', answer),
    requests: ['/', '/users', '/users/7/x', 'POST /users/7', 'OPTIONS /users/7', '/users/%ZZ'],
    routes: [undefined, undefined, undefined, undefined, undefined, undefined],
  },
  'no route for a 404 below a prefix with middleware and a router': {
    app: (app, express) => {
      app.use('/api', pass);
      app.use(
        '/api',
        routerOf(express, (router) => router.use(pass).get('/users', answer)),
      );
    },
    requests: ['/api', '/api/none', '/api/users/7'],
    routes: [undefined, undefined, undefined],
  },
  'no route for a middleware that answers': {
    app: (app) => app.use('/files', answer),
    requests: ['/files/a.txt'],
    routes: [undefined],
  },
  'a router mounted at a path': {
    app: (app, express) => {
      app.use(
        '/api',
        routerOf(express, (router) => router.get('/', answer).get('/users/:id', answer)),
      );
    },
    requests: ['/api', '/api/', '/api/users/7'],
    routes: ['/api', '/api', '/api/users/:id'],
  },
  'a router mounted at the root, and one at a path with a slash at its end': {
    app: (app, express) => {
      app.use(routerOf(express, (router) => router.get('/a', answer)));
      app.use(
        '/b/',
        routerOf(express, (router) => router.get('/:id', answer)),
      );
    },
    requests: ['/a', '/b/7'],
    routes: ['/a', '/b/:id'],
  },
  'a router mounted on a parameter': {
    app: (app, express) => {
      app.use(
        '/users/:id',
        routerOf(express, (router) => router.get('/orders/:oid', answer)),
      );
    },
    requests: ['/users/7/orders/9', '/users/users/orders/orders', '/users/a%2Fb/orders/9', '/users/%7E/orders/~'],
    routes: ['/users/:id/orders/:oid', '/users/:id/orders/:oid', '/users/:id/orders/:oid', '/users/:id/orders/:oid'],
  },
  'a router mounted on a parameter, with mergeParams': {
    app: (app, express) => {
      app.use(
        '/users/:id',
        routerOf(express, (router) => router.get('/orders/:id', answer), true),
      );
    },
    requests: ['/users/7/orders/9', '/users/7/orders/7'],
    routes: ['/users/:id/orders/:id', '/users/:id/orders/:id'],
  },
  'a mount with several parameters, some of equal value or as long as the text next to them': {
    app: (app, express) => {
      app.use(
        '/:a-:b/x/:c',
        routerOf(express, (router) => router.get('/:d', answer)),
      );
    },
    requests: ['/x-x/x/x/x', '/1-2-3/x/%2D/4', '/~-!/x/~/!'],
    routes: ['/:a-:b/x/:c/:d', '/:a-:b/x/:c/:d', '/:a-:b/x/:c/:d'],
  },
  'routers nested three deep': {
    app: (app, express) => {
      const inner = routerOf(express, (router) => router.get('/lines/:line', answer));
      const middle = routerOf(express, (router) => router.use('/orders/:order', inner).get('/', answer));
      app.use(
        '/api',
        routerOf(express, (router) => router.use(pass).use('/users/:user', middle)),
      );
    },
    requests: ['/api/users/1/orders/2/lines/3', '/api/users/1'],
    routes: ['/api/users/:user/orders/:order/lines/:line', '/api/users/:user'],
  },
  'a router mounted at two places': {
    app: (app, express) => {
      const router = routerOf(express, (router) => router.get('/list', answer).get('/:id', answer));
      app.use('/a/:x', router);
      app.use('/b', pass, router);
      app.use(
        '/c',
        routerOf(express, (outer) => outer.use('/d', router)),
      );
    },
    requests: ['/a/1/list', '/b/list', '/b/2', '/c/d/3', '/a/2/3', '/b/list?x=/a/1'],
    routes: ['/a/:x/list', '/b/list', '/b/:id', '/c/d/:id', '/a/:x/:id', '/b/list'],
  },
  'a router mounted at an array of paths': {
    app: (app, express) => {
      app.use(
        ['/a', '/b/:x'],
        routerOf(express, (router) => router.get('/:id', answer)),
      );
    },
    requests: ['/a/1', '/b/2/3'],
    routes: ['/a/:id', '/b/:x/:id'],
  },
  'an array of paths: the one that matched': {
    app: (app, express) => {
      app.get(['/a', ['/b/:x', '/c']] as string[], answer); // arrays in arrays work, but have no type
      app.use(
        '/in',
        routerOf(express, (router) => router.get(['/d', '/e'], answer)),
      );
    },
    requests: ['/a', '/b/1', '/c', '/in/d', '/in/e'],
    routes: ['/a', '/b/:x', '/c', '/in/d', '/in/e'],
  },
  'regular expressions': {
    app: (app, express) => {
      app.get(/^\/a(b)?$/i, answer);
      app.use(
        '/in',
        routerOf(express, (router) => router.get(/^\/c+$/, answer)),
      );
      app.get(['/d', /^\/e+$/], answer);
    },
    requests: ['/a', '/AB', '/in/ccc', '/d', '/eee'],
    routes: ['/^\\/a(b)?$/i', '/^\\/a(b)?$/i', '/in/^\\/c+$/', '/d', '/^\\/e+$/'],
  },
  'a router mounted on a regular expression': {
    app: (app, express) => {
      app.use(
        /^\/v(\d+)/,
        routerOf(express, (router) => router.get('/users', answer)),
      );
      app.use(
        /^\/g\d+/g,
        routerOf(express, (router) => router.get('/users', answer)),
      );
    },
    requests: ['/v12/users', '/v13/users', '/g1/users'],
    routes: ['/^\\/v(\\d+)//users', '/^\\/v(\\d+)//users', '/^\\/g\\d+/g/users'],
    // The matcher says neither pattern nor names.
    otherwise: { 'Express 5, router 2.2': ['/*/users', '/*/users', '/*/users'] },
  },
  'paths that differ in case': {
    app: (app, express) => {
      app.use(
        '/Api/:id',
        routerOf(express, (router) => router.get('/Users', answer)),
      );
    },
    requests: ['/Api/1/Users', '/aPI/1/uSERS'],
    routes: ['/Api/:id/Users', '/Api/:id/Users'],
  },
  'a wildcard and a group, Express 5': {
    only: 5,
    app: (app, express) => {
      app.get('/files/*path', answer);
      app.get('/a{/:b}', answer);
      app.use(
        '/in/*rest',
        routerOf(express, (router) => router.get('/', answer)),
      );
      app.use(
        '/o{/:p}/q',
        routerOf(express, (router) => router.get('/:r', answer)),
      );
    },
    requests: ['/files/x/y.txt', '/a', '/a/1', '/in/x/y', '/o/q/1', '/o/2/q/1'],
    routes: ['/files/*path', '/a{/:b}', '/a{/:b}', '/in/*rest', '/o{/:p}/q/:r', '/o{/:p}/q/:r'],
    // Of a mount's group, the part that is there.
    otherwise: {
      'Express 5, router 2.2': ['/files/*path', '/a{/:b}', '/a{/:b}', '/in/*rest', '/o/q/:r', '/o/:p/q/:r'],
    },
  },
  'the path language of Express 4': {
    only: 4,
    app: (app, express) => {
      app.get('/ab?cd', answer);
      app.get('/files/*', answer);
      app.get('/(x)?y', answer);
      app.use(
        '/v/:version?',
        routerOf(express, (router) => router.get('/at/:id(\\d+)', answer)),
      );
      app.use(
        '/w/:kind(foo|bar)/:x-:y',
        routerOf(express, (router) => router.get('/', answer)),
      );
      app.use(
        '/z.z/*',
        routerOf(express, (router) => router.get('*', answer)),
      );
      app.use(
        '/:file.:ext',
        routerOf(express, (router) => router.get('/', answer)),
      );
    },
    requests: ['/acd', '/files/a/b', '/y', '/v/2/at/3', '/w/foo/1-2', '/z.z/a/b', '/a.txt'],
    routes: [
      '/ab?cd',
      '/files/*',
      '/(x)?y',
      '/v/:version?/at/:id(\\d+)',
      '/w/:kind(foo|bar)/:x-:y',
      '/z.z/**',
      '/:file.:ext',
    ],
  },
  'an app mounted in an app': {
    app: (app, express) => {
      const admin = express();
      admin.use(pass);
      admin.use(
        '/reports',
        routerOf(express, (router) => router.get('/:name', answer)),
      );
      admin.get('/users/:id', answer);
      const other = express();
      other.get('/users/:id', answer);
      app.use('/other/:x', other);
      app.use('/admin', admin);
    },
    requests: ['/admin/users/7', '/other/1/users/7', '/admin/reports/may', '/admin/none'],
    routes: ['/admin/users/:id', '/other/:x/users/:id', '/admin/reports/:name', undefined],
  },
  'an app mounted twice': {
    app: (app, express) => {
      const admin = express();
      admin.get('/users/:id', answer);
      app.use('/a/:x', admin);
      app.use('/b', admin);
    },
    requests: ['/a/1/users/7', '/b/users/7'],
    routes: ['/a/:x/users/:id', '/b/users/:id'],
  },
  'an app in an app in an app': {
    app: (app, express) => {
      const inner = express();
      inner.get('/users/:id', answer);
      const outer = express();
      outer.use('/inner', inner);
      outer.get('/own', answer);
      app.use('/outer', outer);
    },
    requests: ['/outer/inner/users/7', '/outer/own'],
    routes: ['/outer/inner/users/:id', '/outer/own'],
  },
  'an app mounted in a router': {
    app: (app, express) => {
      const admin = express();
      admin.get('/users/:id', answer);
      admin.get('/broken', fail);
      app.use(
        '/api/:version',
        routerOf(express, (router) => router.use('/admin', admin)),
      );
      app.get('/after', answer);
      app.use(
        '/api/1/admin',
        routerOf(express, (router) => router.get('/passed-on', answer)),
      );
      app.use(answerError);
    },
    requests: ['/api/1/admin/broken', '/api/1/admin/users/7', '/api/1/admin/passed-on', '/after'],
    routes: ['/api/:version/admin/broken', '/api/:version/admin/users/:id', '/api/1/admin/passed-on', '/after'],
  },
  'a router shared by an app and an app within it': {
    app: (app, express) => {
      const health = routerOf(express, (router) => router.get('/health', answer));
      const admin = express();
      admin.use(health);
      app.use(health);
      app.use('/admin', admin);
    },
    requests: ['/health', '/admin/health', '/health'],
    routes: ['/health', '/admin/health', '/health'],
  },
  'a router that a handler calls': {
    app: (app, express) => {
      const hidden = routerOf(express, (router) => router.get('/users/:id', answer).get('/broken', fail));
      const atRoot = routerOf(express, (router) => router.get('/orders/:id', answer));
      app.use('/api/:version', (request, response, next) => hidden(request, response, next));
      app.use((request, response, next) => atRoot(request, response, next));
      app.use(answerError);
    },
    requests: ['/api/1/users/7', '/orders/7', '/api/1/broken'],
    routes: ['/api/:version/users/:id', '/orders/:id', '/api/:version/broken'],
  },
  'an app that a handler calls': {
    app: (app, express) => {
      const hidden = express();
      hidden.use(
        '/in',
        routerOf(express, (router) => router.get('/users/:id', answer)),
      );
      app.use('/api/:version', (request, response, next) => hidden(request, response, next));
    },
    requests: ['/api/1/in/users/7'],
    routes: ['/api/:version/in/users/:id'],
  },
  'a route that passes on: the last one': {
    app: (app) => {
      app.get('/users/:id', pass);
      app.get('/users/7', (_request, _response, next) => next('route'), fail);
      app.get('/:kind/:id', answer);
    },
    requests: ['/users/7'],
    routes: ['/:kind/:id'],
  },
  "next('router') leaves the router": {
    app: (app, express) => {
      const router = routerOf(express, (router) => {
        router.get('/:id', (_request, _response, next) => next('router'));
        router.get('/:id', fail);
      });
      app.use('/users', router);
      app.get('/users/:name', answer);
    },
    requests: ['/users/7'],
    routes: ['/users/:name'],
  },
  'an error of a nested router, answered by the app': {
    app: (app, express) => {
      const inner = routerOf(express, (router) => router.get('/:id', fail));
      app.use(
        '/api/:version',
        routerOf(express, (router) => router.use('/users', inner)),
      );
      app.use(answerError);
    },
    requests: ['/api/1/users/7'],
    routes: ['/api/:version/users/:id'],
  },
  'an error of a nested router that no handler answers': {
    app: (app, express) => {
      app.set('env', 'test');
      app.use(
        '/api/:version',
        routerOf(express, (router) => router.get('/:id', fail)),
      );
    },
    requests: ['/api/1/users'],
    routes: ['/api/:version/:id'],
  },
  'an error of an app within the app, answered by the outer one': {
    app: (app, express) => {
      const admin = express();
      admin.get('/users/:id', fail);
      app.use('/admin/:x', admin);
      app.use(answerError);
    },
    requests: ['/admin/1/users/7', '/admin/1/users/8'],
    routes: ['/admin/:x/users/:id', '/admin/:x/users/:id'],
  },
  'an error of a router in an app within the app: known once that app has answered': {
    app: (app, express) => {
      const admin = express();
      admin.use(
        '/users',
        routerOf(express, (router) => router.get('/:id/broken', fail).get('/:id', answer)),
      );
      app.use('/admin/:x', admin);
      app.use(answerError);
    },
    requests: ['/admin/1/users/7/broken', '/admin/1/users/7', '/admin/1/users/8/broken'],
    routes: [undefined, '/admin/:x/users/:id', '/admin/:x/users/:id/broken'],
  },
  'app.param() and router.param()': {
    app: (app, express) => {
      app.param('id', pass);
      const router = routerOf(express, (router) => {
        router.param('oid', (request, _response, next, value) => {
          request.params.oid = `${value}!`;
          next();
        });
        router.get('/orders/:oid', answer);
      });
      app.use('/users/:id', router);
    },
    requests: ['/users/7/orders/9'],
    routes: ['/users/:id/orders/:oid'],
  },
  'a URL that middleware rewrote': {
    app: (app, express) => {
      app.use((request, _response, next) => {
        request.url = request.url.replace('/old', '/new/1');
        next();
      });
      const router = routerOf(express, (router) => router.get('/users/:id', answer));
      app.use('/new/:version', router);
      app.use('/newer/:version', router);
    },
    requests: ['/old/users/7'],
    routes: ['/new/:version/users/:id'],
  },
  'a URL that the handler rewrote': {
    app: (app, express) => {
      const proxy = (request: Request, response: Response) => {
        request.url = '/backend';
        response.send('ok');
      };
      const router = routerOf(express, (router) => router.get('/:id', proxy));
      app.use('/a/:x', router);
      app.use('/b', router);
    },
    requests: ['/a/1/2', '/b/2'],
    routes: ['/a/:x/:id', '/b/:id'],
  },
  'a route added while the app runs': {
    app: (app, express) => {
      const router = routerOf(express, (router) => router.get('/first', answer));
      app.use('/api', router);
      app.post('/grow', (_request, response) => {
        router.get('/second/:id', answer);
        response.send('ok');
      });
    },
    requests: ['/api/first', 'POST /grow', '/api/second/2'],
    routes: ['/api/first', '/grow', '/api/second/:id'],
  },
  'a handler with a stack of another kind, as that of connect': {
    app: (app, express) => {
      app.use(Object.assign(pass.bind(undefined), { stack: [{ route: '/x', handle: pass }] }));
      app.use(
        '/api',
        routerOf(express, (router) => router.get('/:id', answer)),
      );
    },
    requests: ['/api/7'],
    routes: ['/api/:id'],
  },
  'no route for a req.route that the app has set to something else': {
    app: (app) => {
      app.use((request, response) => {
        request.route = 'mine';
        response.send('ok');
      });
    },
    requests: ['/a', 'HEAD /a'],
    routes: [undefined, undefined],
  },
  'a router within itself': {
    app: (app, express) => {
      const router = express.Router();
      router.get('/leaf', answer);
      router.use('/again', router);
      app.use('/in', router);
    },
    requests: ['/in/leaf'],
    routes: ['/in/leaf'],
  },
};

describe.each(versions)('http.route on %s', (version, expressModule) => {
  const major = version.startsWith('Express 4') ? 4 : 5;
  const ours = Object.entries(cases).filter(([, { only = major }]) => only === major);

  test.each(ours)('%s', async (_name, { app: fill, requests, routes, otherwise }) => {
    const exporter = inMemoryExporter();
    const app = expressModule();
    app.use(tracing({ serviceName: 'routes', exporter, outbound: false, env: {} }));
    fill(app, expressModule);

    const spans = await withServer(app, async (origin) => {
      for (const [index, line] of requests.entries()) {
        const [path = '', method = 'GET'] = line.split(' ').reverse();
        const response = await fetch(origin + path, { method });
        await response.arrayBuffer();
        await exporter.waitFor(index + 1);
      }
      return exporter.spans;
    });

    expect(spans.map(routeOf)).toEqual(otherwise?.[version] ?? routes);
    expect(spans.map(({ name }) => name)).toEqual(spans.map(nameOf));
  });
});

function routeOf({ attributes }: SpanData): unknown {
  return attributes['http.route'];
}

function nameOf({ attributes }: SpanData): string {
  const { 'http.request.method': method, 'http.route': route } = attributes;
  return route === undefined ? `${method}` : `${method} ${route}`;
}
