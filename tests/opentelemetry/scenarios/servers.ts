// Applications that stay with OpenTelemetry's instrumentations of HTTP and of their frameworks: servers and clients, several requests at once.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Scenario } from '../scenario.ts';

type Server = import('node:http').Server;
type Response = import('node:http').ServerResponse;

export const scenario: Scenario = {
  instrumentations: (load) => [
    new (load('@opentelemetry/instrumentation-http').HttpInstrumentation)(),
    new (load('@opentelemetry/instrumentation-undici').UndiciInstrumentation)(),
    new (load('@opentelemetry/instrumentation-express').ExpressInstrumentation)(),
    new (load('@opentelemetry/instrumentation-koa').KoaInstrumentation)(),
    new (load('@opentelemetry/instrumentation-hapi').HapiInstrumentation)(),
  ],

  async run({ load, inRequest, mark }) {
    const http = load('node:http');
    const servers: Server[] = [];
    const listen = async (handler: unknown): Promise<number> => {
      const server: Server = http.createServer(handler).listen(0, '127.0.0.1');
      servers.push(server);
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    };
    const ask = async (port: number, path: string) => {
      const [response] = await once(http.get({ host: '127.0.0.1', port, path, agent: false }), 'response');
      mark('client has the response');
      await once(response.resume(), 'end');
    };

    const app = load('express')();
    app.use((_request: unknown, _response: unknown, next: () => void) => {
      mark('middleware of Express');
      next();
    });
    app.get('/users/:id', async (_request: unknown, response: Response) => {
      await null;
      mark('handler of Express');
      response.end();
    });
    app.get('/broken', () => {
      throw new Error('broken');
    });
    app.use((_error: unknown, _request: unknown, response: Response, _next: unknown) => {
      response.statusCode = 500;
      response.end();
    });
    const express = await listen(app);
    await Promise.all([1, 2, 3].map((id) => inRequest(`Express ${id}`, () => ask(express, `/users/${id}`))));
    await inRequest('Express fails', () => ask(express, '/broken'));

    const Koa = load('koa');
    const { Router } = load('@koa/router');
    const [koa, router] = [new Koa(), new Router()];
    router.get('/items/:id', async (context: { body: string }) => {
      await null;
      mark('handler of Koa');
      context.body = 'item';
    });
    koa.use(router.routes());
    const koaPort = await listen(koa.callback());
    await Promise.all([1, 2].map((id) => inRequest(`Koa ${id}`, () => ask(koaPort, `/items/${id}`))));

    const hapi = load('@hapi/hapi').server({ port: 0, host: '127.0.0.1' });
    hapi.route({
      method: 'GET',
      path: '/items/{id}',
      async handler() {
        await null;
        mark('handler of hapi');
        return 'item';
      },
    });
    await hapi.start();
    await inRequest('hapi', () => ask(hapi.info.port, '/items/1'));

    await inRequest('fetch()', async () => {
      await (await fetch(`http://127.0.0.1:${express}/users/9`)).text();
      mark('after fetch()');
    });
    // No service listens on the second port.
    await inRequest('fetch() is refused', async () => {
      await fetch('http://127.0.0.1:2/').catch(() => mark('after refusal'));
    });
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
    await hapi.stop({ timeout: 0 });
  },
};
