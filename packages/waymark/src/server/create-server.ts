/** Builds the HTTP server: the checks for every request, then the routes. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import fastify, { type FastifyReply } from 'fastify';
import type { ApiProblem } from '../api/types.ts';
import { checkHost, checkSameOrigin, checkToken, isSameToken } from './allowed-callers.ts';
import { discardBody } from './discard-body.ts';
import { addEventsRoute } from './events-route.ts';
import { explainFault } from './explain-fault.ts';
import { addImportRoute } from './import-route.ts';
import { addIngestRoutes } from './ingest-routes.ts';
import { addJaegerRoutes } from './jaeger-routes.ts';
import { addJaegerV3Routes } from './jaeger-v3-routes.ts';
import { addQueryRoutes } from './query-routes.ts';
import { addReadingClients } from './reading-client.ts';
import type { ServerContext } from './server-context.ts';
import { addTokenForm, localPath, sendTokenForm, setTokenCookie, wantsPage } from './token-form.ts';
import { addViewerFiles } from './viewer-files.ts';
import { addZipkinRoutes } from './zipkin-routes.ts';

// No inline scripts, no other origins, no frames: a span's value that got into the page as HTML could do nothing.
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export interface CollectorServer {
  /** Handles requests of several HTTP servers, one for each address. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** Ends the streams of events, then waits for all other answers. */
  close(): Promise<void>;
}

export async function createServer(
  context: ServerContext,
  { viewerFolder }: { readonly viewerFolder: string },
): Promise<CollectorServer> {
  const app = fastify({
    logger: false,
    // For path parameters: ids and names of services are short.
    routerOptions: { maxParamLength: 1000 },
    // Answers in the same form as other errors.
    frameworkErrors: (error, _request, reply) => {
      void reply.code(400 as never).send(problemOf(error) as never); // its type expects a route with a schema
    },
  });
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers({
      'x-content-type-options': 'nosniff',
      'content-security-policy': contentSecurityPolicy,
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    });
    checkHost(request.headers, context.rules);
  });
  // A refused sender reads the answer only after it has sent its body.
  app.addHook('onSend', async (request, reply) => {
    // A slow client is answered at once.
    if (reply.statusCode === 408) reply.header('connection', 'close');
    else if (reply.statusCode >= 400) await discardBody(request.raw);
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.status === 401 && wantsPage(request)) return sendTokenForm(reply, request.url);
    const { retryAfterSeconds } = explainFault(error);
    if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
    return reply.code(problem.status).send(problem);
  });
  // Handlers read the bodies, since each has its limits. Other bodies are not read.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? request.url;
    const hint = request.method === 'POST' ? explainPostTo(path) : undefined;
    const message = `There is no route ${request.method} ${path}.${hint === undefined ? '' : ` ${hint.text}`}`;
    // Probably a sender with a wrong address, so `waymark doctor` reports it.
    if (hint?.isForSpans === true) context.received.refuse(path, 404, message);
    void reply.code(404).send({ status: 404, message });
  });

  let endEvents = (): void => {};
  app.register(async (ingest) => addIngestRoutes(ingest, context));
  app.register(async (asking) => addTokenForm(asking, context));
  app.register(async (reading) => {
    reading.addHook('onRequest', async (request, reply) => {
      checkSameOrigin(request.headers);
      if (moveTokenToCookie(request.url, reply, context)) return reply;
      checkToken(request.headers, context.rules);
      return undefined;
    });
    addReadingClients(reading);
    addQueryRoutes(reading, context);
    endEvents = addEventsRoute(reading, context);
    // Each API has its own form of errors.
    reading.register(async (jaeger) => addJaegerRoutes(jaeger, context));
    reading.register(async (jaeger) => addJaegerV3Routes(jaeger, context));
    addZipkinRoutes(reading, context);
    addViewerFiles(reading, { folder: viewerFolder });
    reading.register(async (importing) => addImportRoute(importing, context));
  });
  await app.ready();
  return {
    handle: (request, response) => app.routing(request, response),
    async close(): Promise<void> {
      endEvents();
      await app.close();
    },
  };
}

/** By default OpenTelemetry's SDKs send metrics and logs to the same address as spans. */
function explainPostTo(path: string): { readonly text: string; readonly isForSpans: boolean } {
  const signal = /^\/v1\/(metrics|logs)$/.exec(path)?.[1];
  return signal === undefined
    ? { text: 'Send spans to /v1/traces (OTLP) or /api/v2/spans (Zipkin).', isForSpans: true }
    : {
        text: `This collector stores traces only: set OTEL_${signal.toUpperCase()}_EXPORTER=none in the application.`,
        isForSpans: false,
      };
}

function problemOf(error: unknown): ApiProblem {
  const { status, message, start, end } = explainFault(error);
  return { status, message, ...(start !== undefined && end !== undefined && { start, end }) };
}

/** Moves `?token=` from the address, where others could see it, into a cookie. */
function moveTokenToCookie(url: string, reply: FastifyReply, { rules: { token } }: ServerContext): boolean {
  if (token === undefined || !url.includes('token=')) return false;
  const { pathname, searchParams } = new URL(url, 'http://collector');
  const given = searchParams.get('token');
  if (given === null || !isSameToken(given, token)) return false;
  searchParams.delete('token');
  const rest = searchParams.size === 0 ? '' : `?${searchParams}`;
  setTokenCookie(reply, token);
  void reply.redirect(`${localPath(pathname)}${rest}`, 303);
  return true;
}
