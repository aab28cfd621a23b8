import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { activeSpan } from '@waymark/core';
import { setRoute, traceHandler } from '@waymark/core/http';
import type { AdapterUnderTest, AppDescription, Exchange, Route } from './adapter-under-test.ts';
import { listen } from './listening-server.ts';

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** The contract's applications on plain `node:http`, with a small router, as such applications have. */
export const nodeHttpAdapter: AdapterUnderTest = {
  kind: 'plain',
  scopeName: '@waymark/core/http',
  async start(description) {
    const { tracing: options, registrations = 1, serverOptions = {}, certificate } = description;
    let listener = makeListener(description);
    if (options) for (let count = 0; count < registrations; count++) listener = traceHandler(listener, options);
    const answering = answerErrors(listener);
    return listen(certificate ? createHttpsServer(certificate, answering) : createServer(serverOptions, answering));
  },
};

function makeListener({ routes, middleware, onError }: AppDescription): Listener {
  return (request, response) => {
    const path = pathOf(request);
    const exchange = exchangeOf(request, response, undefined);
    if (middleware && path.startsWith(middleware.prefix)) middleware.run(exchange);
    const route = routes.find((candidate) => matches(candidate, request.method, path));
    if (!route) return exchange.send(404, 'not found');
    setRoute(request, patternOf(route));
    if (request.headers['content-type'] === 'application/json') return handleJson(route, request, response);
    if (!onError) return route.handler(exchange);
    return (async () => route.handler(exchange))().catch((error) => onError(error, exchange));
  };
}

async function handleJson(route: Route, request: IncomingMessage, response: ServerResponse): Promise<void> {
  await route.handler(exchangeOf(request, response, await json(request)));
}

/** Without this an error would end the process. Servers on plain Node have something like it. */
function answerErrors(listener: Listener): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    try {
      await listener(request, response);
    } catch (error) {
      const { statusCode } = Object(error) as { statusCode?: number }; // the contract throws no other
      if (!response.headersSent) response.writeHead(statusCode ?? 500);
      response.end();
    }
  };
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return new URL(url, 'http://contract.test').pathname;
}

function patternOf({ mounts = [], path }: Route): string {
  return [...mounts, path].join('');
}

function matches(route: Route, method: string | undefined, path: string): boolean {
  if (route.method !== method && !(route.method === 'GET' && method === 'HEAD')) return false;
  const pattern = patternOf(route).replace(/:[^/]+/g, '[^/]+');
  return new RegExp(`^${pattern}$`).test(path);
}

function exchangeOf(request: IncomingMessage, response: ServerResponse, body: unknown): Exchange {
  return {
    request,
    response,
    span: activeSpan(),
    body,
    send(status, answer) {
      response.statusCode = status;
      if (answer instanceof Readable) answer.pipe(response);
      else if (typeof answer === 'object')
        response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
      else response.end(answer);
    },
    takeOver: () => response,
  };
}
