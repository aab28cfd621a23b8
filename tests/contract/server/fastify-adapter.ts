import { createServer, type RequestListener } from 'node:http';
import { tracing } from '@waymark/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AdapterUnderTest, AppDescription, Exchange, Route, RunningApp } from './adapter-under-test.ts';

/** The export of a version of Fastify, with the types of the newest version and for one kind of server. */
export type MakeFastify = (options?: object) => FastifyInstance;

/** The contract's applications on one version of Fastify. */
export function fastifyAdapter(
  framework: MakeFastify,
  { lacks = [] }: Pick<AdapterUnderTest, 'lacks'> = {},
): AdapterUnderTest {
  return {
    kind: 'framework',
    scopeName: '@waymark/fastify',
    lacks,
    start: (description) => listen(makeApp(framework, description)),
  };
}

function makeApp(
  framework: MakeFastify,
  {
    routes,
    tracing: options,
    registrations = 1,
    trustProxy,
    middleware,
    onError,
    serverOptions,
    certificate,
  }: AppDescription,
): FastifyInstance {
  const app = framework({
    forceCloseConnections: true,
    ...(trustProxy !== undefined && { trustProxy }),
    ...(certificate && { https: certificate }),
    // Not `http`, which early versions of 4 do not have.
    ...(serverOptions && { serverFactory: (handler: RequestListener) => createServer(serverOptions, handler) }),
  });
  if (options) for (let count = 0; count < registrations; count++) app.register(tracing, options as object); // Fastify adds options to the type
  // The handler reads the body.
  app.addContentTypeParser('application/octet-stream', (_request, _payload, done) => done(null));
  if (middleware) {
    app.register(
      async (scope) => {
        scope.addHook('onRequest', async (request, reply) => middleware.run(exchangeOf(request, reply)));
        // Fastify runs a scope's hooks for an unknown route only if the scope has a handler for it.
        scope.setNotFoundHandler((_request, reply) => reply.code(404).send('not found'));
      },
      { prefix: middleware.prefix },
    );
  }
  for (const route of routes) addRoute(app, route, route.mounts ?? []);
  if (onError) {
    app.setErrorHandler((error, request, reply) => {
      onError(error, exchangeOf(request, reply));
      return reply;
    });
  }
  return app;
}

function addRoute(app: FastifyInstance, route: Route, [mount, ...inner]: readonly string[]): void {
  if (mount !== undefined) {
    app.register(async (scope) => addRoute(scope, route, inner), { prefix: mount });
    return;
  }
  // Fastify 4 knows WebDAV's methods, and others cannot be added. In 5 each unusual method has to be added.
  if ('addHttpMethod' in app && !app.supportedMethods.includes(route.method)) app.addHttpMethod(route.method);
  app.route({
    method: route.method,
    url: route.path,
    handler(request, reply) {
      const result = route.handler(exchangeOf(request, reply));
      return result instanceof Promise ? result.then(() => reply) : undefined;
    },
  });
}

function exchangeOf(request: FastifyRequest, reply: FastifyReply): Exchange {
  return {
    request: request.raw,
    response: reply.raw,
    span: request.span,
    body: request.body,
    send(status, body) {
      reply.code(status).send(body);
    },
    takeOver() {
      reply.hijack();
      return reply.raw;
    },
  };
}

async function listen(app: FastifyInstance): Promise<RunningApp> {
  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  return { port: Number(new URL(address).port), server: app.server, close: () => app.close() };
}
