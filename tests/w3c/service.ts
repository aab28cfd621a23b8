// The service for the W3C's validation harness, once for each of our adapters: it POSTs what the harness asks for.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { traceHandler } from '@waymark/core/http';
import { tracing as expressTracing } from '@waymark/express';
import { tracing as fastifyTracing } from '@waymark/fastify';
import express from 'express';
import fastify from 'fastify';

export interface Service {
  /** Where to POST a list of {@link Call}s. */
  readonly url: string;
  close(): Promise<void>;
}

/** One call that the service is to make: a POST to `url` with `arguments` as its body. */
export interface Call {
  readonly url: string;
  readonly arguments: readonly Call[];
}

const options = { serviceName: 'w3c-validation', exporter: [] };

export const startService: Readonly<Record<'express' | 'fastify' | 'node:http', () => Promise<Service>>> = {
  async express() {
    const app = express();
    app.use(expressTracing(options));
    app.use(express.json());
    app.post('/test', async (request, response) => {
      await makeCalls(request.body);
      response.json(null);
    });
    return listen(createServer(app));
  },

  async fastify() {
    const app = fastify();
    await app.register(fastifyTracing, options);
    app.post<{ Body: Call[] }>('/test', async (request, reply) => {
      await makeCalls(request.body);
      return reply.type('application/json').send('null');
    });
    const address = await app.listen({ port: 0, host: '127.0.0.1' });
    return { url: `${address}/test`, close: () => app.close() };
  },

  async 'node:http'() {
    const handler = traceHandler(async (request, response) => {
      await makeCalls((await json(request)) as Call[]); // the harness and our tests send nothing else
      response.setHeader('content-type', 'application/json').end('null');
    }, options);
    return listen(createServer(handler));
  },
};

async function makeCalls(calls: readonly Call[]): Promise<void> {
  for (const call of calls) {
    const response = await fetch(call.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(call.arguments),
    });
    await response.arrayBuffer();
  }
}

async function listen(server: Server): Promise<Service> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a listening server has such an address
  return {
    url: `http://127.0.0.1:${port}/test`,
    close: () => new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve()))),
  };
}
