// Knows how much is left of each dish, in PostgreSQL. It is called by gRPC.
import grpc from '@grpc/grpc-js';
import { getTracer } from '@waymark/core';
import pg from 'pg';
import { listen } from './processes.js';
import { stockService } from './stock-service.js';

getTracer({ serviceName: 'stock' });

const database = new pg.Pool({ connectionString: process.env.DATABASE_URL });
await database.query('CREATE TABLE IF NOT EXISTS waymark_stock (dish text PRIMARY KEY, portions integer)');
await database.query("INSERT INTO waymark_stock VALUES ('soup', 9) ON CONFLICT (dish) DO UPDATE SET portions = 9");

const server = new grpc.Server();
server.addService(stockService, {
  async reserve({ request: { dish } }, answer) {
    try {
      const { rows } = await database.query(
        'UPDATE waymark_stock SET portions = portions - 1 WHERE dish = $1 RETURNING portions',
        [dish],
      );
      answer(null, { left: rows[0].portions });
    } catch (error) {
      answer(error);
    }
  },
});

server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  listen(port);
});
process.on('SIGTERM', () => {
  server.tryShutdown(async () => {
    await database.query('DROP TABLE waymark_stock');
    await database.end();
  });
});
