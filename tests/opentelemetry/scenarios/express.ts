// An Express application under load: each request has its spans of pg, a pool of two connections, and spans of its own code, below it.
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import type { Scenario } from '../scenario.ts';

const requests = 20;

export const scenario: Scenario = {
  services: ['postgres'],
  instrumentations: (load) => [new (load('@opentelemetry/instrumentation-pg').PgInstrumentation)()],

  async run({ load, api, servers, middleware }) {
    const express = load('express');
    const { Pool } = load('pg');
    const { host, port, user, password, database } = servers.postgres;
    const pool = new Pool({ host, port, user, password, database, max: 2 });
    const connections = await Promise.all([pool.connect(), pool.connect()]);
    for (const connection of connections) connection.release();
    const tracer = api.trace.getTracer('shop');
    const app = express();
    app.use(middleware());
    for (let id = 0; id < requests; id++) {
      app.get(`/items/${id}`, async (_: unknown, response: { end(text: string): void }) => {
        await tracer.startActiveSpan(`load ${id}`, async (span) => {
          await pool.query(`SELECT ${id}`);
          tracer.startSpan(`render ${id}`).end();
          span.end();
        });
        response.end(`${id}`);
      });
    }
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port: appPort } = server.address() as AddressInfo;
    await Promise.all(
      Array.from({ length: requests }, async (_, index) => {
        // Not by node:http, whose requests are traced.
        const socket = connect(appPort, '127.0.0.1');
        socket.write(`GET /items/${index} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
        await once(socket.resume(), 'close');
      }),
    );
    server.close();
    await once(server, 'close');
    await pool.end();
  },
};
