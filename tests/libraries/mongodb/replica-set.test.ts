import { activeSpan, createTracer, type Tracer } from '@waymark/core';
import { traceMongo } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import type { Document, MongoClient, MongoClientOptions } from 'mongodb';
import { drawSpans } from '../draw-spans.ts';
import { type MongoModule, mongoVersions } from './versions.ts';
import { type Answer, startWireServer, type WireServer } from './wire-server.ts';

// FerretDB has none of this: a made server answers.
describe.each(mongoVersions)('the commands to a replica set, %s', (version) => {
  const { MongoClient } = require(version) as MongoModule;
  let exporter: InMemoryExporter;
  let tracer: Tracer;
  let server: WireServer;
  let client: MongoClient;

  async function connect(answer: Answer, options: MongoClientOptions = {}): Promise<void> {
    server = await startWireServer(answer);
    client = traceMongo(new MongoClient(server.url, options));
    await client.connect();
  }

  beforeEach(() => {
    exporter = inMemoryExporter();
    tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
  });
  afterEach(async () => {
    await client.close(true);
    server.stop();
  });

  const users = () => client.db('shop').collection('users');
  const drawn = () => drawSpans(exporter.spans);

  test('of a transaction are below the caller, the commit too', async () => {
    await connect(() => ({ ok: 1, n: 1 }), { maxPoolSize: 1 });
    await Promise.all(
      ['a', 'b'].map((caller) =>
        tracer.withSpan(caller, () =>
          client.withSession((session) =>
            session.withTransaction(async () => {
              await users().insertOne({ name: caller }, { session });
              expect(activeSpan()).toMatchObject({ name: caller });
              await users().updateOne({ name: caller }, { $set: { age: 7 } }, { session });
            }),
          ),
        ),
      ),
    );
    expect(drawn()).toEqual(
      ['a', 'b'].flatMap((caller) => [caller, '  insert users', '  update users', '  commitTransaction admin']),
    );
  });

  test('of a transaction that is given up end with the abort', async () => {
    await connect(({ insert }) => (insert === undefined ? { ok: 1 } : { ok: 0, code: 121, errmsg: 'not valid' }));
    await tracer.withSpan('a', () =>
      client.withSession((session) =>
        expect(session.withTransaction(() => users().insertOne({}, { session }))).rejects.toThrow('not valid'),
      ),
    );
    expect(drawn()).toEqual(['a', '  insert users ! 121', '  abortTransaction admin']);
  });

  test('have a span for each attempt, where the driver tries again', async () => {
    let attempts = 0;
    await connect(({ find, insert }) => {
      if (find === undefined && insert === undefined) return { ok: 1 };
      attempts++;
      if (attempts % 2 === 1) return { ok: 0, code: 91, errmsg: 'shutting down', errorLabels: ['RetryableWriteError'] };
      return insert ? { ok: 1, n: 1 } : { ok: 1, cursor: { id: 0n, ns: 'shop.users', firstBatch: [{}, {}] } };
    });
    await tracer.withSpan('a', async () => {
      await users().insertOne({});
      await users().find().toArray();
    });
    expect(drawn()).toEqual(['a', '  insert users ! 91', '  insert users', '  find users ! 91', '  find users (2)']);
  });

  test('fail with the type of the error, if the connection breaks off', async () => {
    await connect(() => 'close', { retryReads: false });
    await tracer.withSpan('a', () => expect(users().findOne()).rejects.toThrow());
    expect(drawn()).toEqual(['a', '  find users ! MongoNetworkError']);
  });

  test('fail with the code of a write concern that was not met', async () => {
    await connect(() => ({ ok: 1, n: 1, writeConcernError: { code: 64, errmsg: 'waited too long' } }));
    await tracer.withSpan('a', () => expect(users().insertOne({})).rejects.toThrow('waited too long'));
    expect(drawn()).toEqual(['a', '  insert users ! 64']);
  });

  test('end at once, if no acknowledgement is asked for', async () => {
    await connect(() => ({ ok: 1 }));
    await tracer.withSpan('a', () => users().insertOne({}, { writeConcern: { w: 0 } }));
    expect(drawn()).toEqual(['a', '  insert users']);
  });

  test('of a change stream are below the code that waits for the change', async () => {
    const event = (n: number) => ({ _id: { _data: `${n}` }, operationType: 'insert', documentKey: { _id: n } });
    await connect(({ aggregate, getMore }) => {
      const batch = { id: 7n, ns: 'shop.users', postBatchResumeToken: { _data: '3' } };
      if (aggregate !== undefined) return { ok: 1, cursor: { ...batch, firstBatch: [event(1)] } };
      return getMore === undefined ? { ok: 1 } : { ok: 1, cursor: { ...batch, nextBatch: [event(2), event(3)] } };
    });
    const changes = users().watch();
    await tracer.withSpan('a', () => changes.next());
    await tracer.withSpan('b', async () => {
      await changes.next();
      await changes.next();
    });
    await tracer.withSpan('c', () => changes.close());
    expect(drawn()).toEqual(['a', '  aggregate users (1)', 'b', '  getMore users (2)', 'c', '  killCursors users']);
  });

  test('that are late do not keep another caller from its own connection, or from its own parent', async () => {
    let release: (reply: Document) => void = () => {};
    const late = new Promise<Document>((resolve) => {
      release = resolve;
    });
    await connect(({ find, count }) => (find === undefined ? (count ? { ok: 1, n: 3 } : { ok: 1 }) : late));
    const first = tracer.withSpan('slow', () => users().findOne());
    await tracer.withSpan('quick', () => users().estimatedDocumentCount());
    release({ ok: 1, cursor: { id: 0n, ns: 'shop.users', firstBatch: [] } });
    await first;
    expect(drawn()).toEqual(['slow', '  find users (0)', 'quick', '  count users']);
  });

  test('have a span, if all connections are in use for too long', async () => {
    await connect(({ find }) => (find === undefined ? { ok: 1 } : undefined), {
      maxPoolSize: 1,
      waitQueueTimeoutMS: 20,
    });
    users()
      .findOne()
      .catch(() => {}); // never answered
    while (!server.received.includes('find')) await new Promise(setImmediate);
    await tracer.withSpan('a', () =>
      expect(users().insertOne({})).rejects.toThrow('Timed out while checking out a connection'),
    );
    expect(drawn()).toEqual(['a', '  insert users ! MongoWaitQueueTimeoutError']);
    expect(exporter.spans[0]?.attributes).toMatchObject({ 'db.namespace': 'shop', 'server.address': '127.0.0.1' });
  });
});
