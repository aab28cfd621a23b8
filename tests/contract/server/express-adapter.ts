import { createServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { Readable } from 'node:stream';
import { tracing } from '@waymark/express';
import type express from 'express';
import type { NextFunction, Request, Response, Router } from 'express';
import type { AdapterUnderTest, Exchange } from './adapter-under-test.ts';
import { listen } from './listening-server.ts';

/**
 * The contract's applications on one version of Express.
 *
 * @param options.catchesRejections Whether Express catches them. Express 4 does not: there each handler passes them to `next`.
 */
export function expressAdapter(
  framework: typeof express,
  { catchesRejections }: { catchesRejections: boolean },
): AdapterUnderTest {
  return {
    kind: 'framework',
    scopeName: '@waymark/express',
    async start({
      routes,
      tracing: options,
      registrations = 1,
      trustProxy,
      middleware,
      onError,
      serverOptions,
      certificate,
    }) {
      const app = framework();
      if (trustProxy !== undefined) app.set('trust proxy', trustProxy);
      if (options) for (let count = 0; count < registrations; count++) app.use(tracing(options));
      app.use(framework.json());
      if (middleware) {
        app.use(middleware.prefix, (request, response, next) => {
          middleware.run(exchangeOf(request, response));
          next();
        });
      }
      for (const { method, path, mounts = [], handler } of routes) {
        let router: Router = app;
        for (const mount of mounts) {
          const inner = framework.Router({ mergeParams: true });
          router.use(mount, inner);
          router = inner;
        }
        // There is a function like `get` for each method.
        router[method.toLowerCase() as 'get'](path, (request: Request, response: Response, next: NextFunction) => {
          const result = handler(exchangeOf(request, response));
          return result instanceof Promise && !catchesRejections ? result.catch(next) : result;
        });
      }
      if (onError) {
        // Four parameters make it an error handler.
        app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
          onError(error, exchangeOf(request, response));
        });
      }
      return listen(
        certificate
          ? createHttpsServer({ ...certificate, ...serverOptions }, app)
          : createServer(serverOptions ?? {}, app),
      );
    },
  };
}

function exchangeOf(request: Request, response: Response): Exchange {
  return {
    request,
    response,
    span: request.span,
    body: request.body,
    send(status, body) {
      response.status(status);
      if (body instanceof Readable) body.pipe(response);
      else if (typeof body === 'object') response.json(body);
      else if (body === undefined) response.end();
      else response.send(body);
    },
    takeOver: () => response,
  };
}
