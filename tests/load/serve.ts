// Runs one of three services until it gets a signal to stop: `serve.ts gateway http://next-service http://collector`. Its first line
// of output is its address. A request goes from gateway by `fetch` to orders, and by undici or node:http to users.
import { createServer, get, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { getBaggage, type Span, setBaggage } from '@waymark/core';
import { otlpExporter } from '@waymark/core/otlp';
import { tracing as expressTracing } from '@waymark/express';
import { tracing as fastifyTracing } from '@waymark/fastify';
import express from 'express';
import fastify from 'fastify';
import { request } from 'undici7';

/** The answer of each service: its trace, and the answers of the services that it called. */
export interface Answer {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly user: string | undefined;
  readonly behind?: Answer;
}

const [service = '', next = '', collector = ''] = process.argv.slice(2);
const options = { serviceName: service, exporter: otlpExporter({ url: collector }) };

/** @param span `incoming.span`, which tracing has set. */
function answer(span: Span, behind?: Answer): Answer {
  const user = getBaggage('user');
  if (user !== undefined) span.setAttribute('user.id', user);
  return { service, traceId: span.traceId, spanId: span.spanId, user, ...(behind && { behind }) };
}

const start: Readonly<Record<string, () => Promise<string>>> = {
  gateway() {
    const app = express();
    app.use(expressTracing(options));
    app.get('/users/:id/orders', async (incoming, response) => {
      setBaggage('user', incoming.params.id);
      const reply = await fetch(`${next}/orders/${incoming.params.id}`);
      response.json(answer(incoming.span as Span, (await reply.json()) as Answer)); // our own service
    });
    return listen(app);
  },

  async orders() {
    const app = fastify();
    await app.register(fastifyTracing, options);
    app.get<{ Params: { user: string } }>('/orders/:user', async (incoming) => {
      const { user } = incoming.params;
      const call = Number(user) % 2 === 0 ? callByUndici : callByNodeHttp;
      return answer(incoming.span as Span, await call(`${next}/users/${user}`));
    });
    return app.listen({ port: 0, host: '127.0.0.1' });
  },

  users() {
    const app = express();
    app.use(expressTracing(options));
    app.get('/users/:id', (incoming, response) => {
      response.json(answer(incoming.span as Span));
    });
    return listen(app);
  },
};

async function callByUndici(url: string): Promise<Answer> {
  const { body } = await request(url);
  return (await body.json()) as Answer; // our own service
}

function callByNodeHttp(url: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(url, (response) => json(response).then((body) => resolve(body as Answer), reject)).on('error', reject);
  });
}

async function listen(app: RequestListener): Promise<string> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a listening server has a port
}

start[service]?.().then((url) => console.log(url));
