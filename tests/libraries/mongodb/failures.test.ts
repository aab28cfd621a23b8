import { once } from 'node:events';
import { createServer } from 'node:net';
import { createTracer, type Tracer } from '@waymark/core';
import { traceMongo } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import type { MongoClientOptions } from 'mongodb';
import { describeWith } from '../../services/describe-with.ts';
import { startMongo } from '../../services/mongo.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';
import { type MongoModule, mongoVersions } from './versions.ts';

/** A URL at which nothing listens. */
async function unusedUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return `mongodb://127.0.0.1:${port}/shop`;
}

describeWith('mongo')('operations that fail before a command is sent', () => {
  let server: Service;

  beforeAll(async () => {
    server = await startMongo();
  });
  afterAll(() => server.stop());

  describe.each(mongoVersions)('%s', (version) => {
    const { MongoClient } = require(version) as MongoModule;
    let exporter: InMemoryExporter;
    let tracer: Tracer;

    beforeEach(() => {
      exporter = inMemoryExporter();
      tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
    });

    const drawn = () => drawSpans(exporter.spans);
    const connect = (url: string, options: MongoClientOptions) => traceMongo(new MongoClient(url, options));

    test('have a span if no server can be reached', async () => {
      const client = connect(await unusedUrl(), { serverSelectionTimeoutMS: 50 });
      await tracer.withSpan('a', async () => {
        await expect(client.db('shop').collection('users').findOne()).rejects.toThrow(/ECONNREFUSED|timed out/);
      });
      await client.close();
      expect(drawn()).toEqual(['a', '  connect ! MongoServerSelectionError']);
      const [span, parent] = exporter.spans as [(typeof exporter.spans)[0], (typeof exporter.spans)[0]];
      expect(span.endMs - span.startMs).toBeGreaterThan(40);
      expect(span.startMs).toBeGreaterThanOrEqual(parent.startMs);
      expect(span.attributes).toEqual({
        'db.system.name': 'mongodb',
        'db.operation.name': 'connect',
        'error.type': 'MongoServerSelectionError',
      });
    });

    test('have a span if the server is gone', async () => {
      const gone = await startMongo();
      const client = connect(gone.url, { serverSelectionTimeoutMS: 1_000 });
      const users = client.db('shop').collection('users');
      await users.findOne();
      await gone.stop();
      await tracer.withSpan('a', () => expect(users.findOne()).rejects.toThrow());
      await client.close();
      // The first attempt breaks off, or finds the connection closed; then there is no server.
      expect(drawn()[0]).toBe('a');
      expect(drawn().length).toBeGreaterThan(1);
      for (const { name, status } of exporter.spans.slice(0, -1)) {
        expect(name).toMatch(/^(find|find users)$/);
        expect(status.code).toBe('error');
      }
    });
  });
});
