import { activeSpan, createTracer, type Tracer, withSpan } from '@waymark/core';
import { traceMongo } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import type { Collection, MongoClient } from 'mongodb';
import { describeWith } from '../../services/describe-with.ts';
import { startMongo } from '../../services/mongo.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';
import { type MongoModule, mongoVersions } from './versions.ts';

interface User {
  readonly _id: number;
  readonly email?: string;
}

describeWith('mongo')('the commands of a client', () => {
  let server: Service;

  beforeAll(async () => {
    server = await startMongo();
  });
  afterAll(() => server.stop());

  describe.each(mongoVersions)('%s', (version) => {
    const { MongoClient } = require(version) as MongoModule;
    let exporter: InMemoryExporter;
    let tracer: Tracer;
    let client: MongoClient;
    let users: Collection<User>;

    beforeEach(async () => {
      exporter = inMemoryExporter();
      tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
      client = traceMongo(new MongoClient(server.url, { maxPoolSize: 1 }));
      users = client.db('shop').collection<User>('users');
      await users.drop().catch(() => false);
      await users.insertMany([{ _id: 1, email: 'a@example.com' }, { _id: 2 }, { _id: 3 }, { _id: 4 }]);
    });
    afterEach(() => client.close());

    const drawn = () => drawSpans(exporter.spans);

    test('have the name, the database, the collection, the server and the number of documents', async () => {
      await tracer.withSpan('a', () => users.find({ email: 'a@example.com' }).toArray());
      const [{ kind, name, attributes }] = exporter.spans as [(typeof exporter.spans)[0]];
      expect({ kind, name, attributes }).toEqual({
        kind: 'client',
        name: 'find users',
        attributes: {
          'db.system.name': 'mongodb',
          'server.address': '127.0.0.1',
          'server.port': server.port,
          'network.peer.address': '127.0.0.1',
          'network.peer.port': server.port,
          'db.namespace': 'shop',
          'db.collection.name': 'users',
          'db.operation.name': 'find',
          'db.response.returned_rows': 1,
        },
      });
    });

    test('are below their callers, also if they wait for the only connection', async () => {
      const callers = ['a', 'b', 'c', 'd'];
      await Promise.all(
        callers.map((caller) =>
          tracer.withSpan(caller, async () => {
            await users.find().batchSize(2).toArray();
            expect(activeSpan()).toMatchObject({ name: caller });
            await users.countDocuments();
          }),
        ),
      );
      // The order of the callers is that of their start.
      expect(drawn()).toEqual(
        callers.flatMap((caller) => [
          caller,
          '  find users (2)',
          '  getMore users (2)',
          '  getMore users (0)',
          '  aggregate users (1)',
        ]),
      );
    });

    test('of a cursor are below the code that iterates', async () => {
      const cursor = users.find().batchSize(2);
      await tracer.withSpan('first', () => cursor.next());
      await tracer.withSpan('rest', async () => {
        for await (const user of cursor) await withSpan(`user ${user._id}`, () => {});
      });
      const unfinished = users.find().batchSize(2);
      await tracer.withSpan('early', async () => {
        await unfinished.next();
        await unfinished.close();
      });
      await tracer.withSpan('stream', async () => {
        for await (const _ of users.find().batchSize(2).stream());
      });
      expect(drawn()).toEqual([
        'first',
        '  find users (2)',
        'rest',
        '  user 2',
        '  getMore users (2)',
        '  user 3',
        '  user 4',
        '  getMore users (0)',
        'early',
        '  find users (2)',
        '  killCursors users',
        'stream',
        '  find users (2)',
        '  getMore users (2)',
        '  getMore users (0)',
      ]);
    });

    test('name the collection where the command has one, and otherwise the database', async () => {
      await tracer.withSpan('a', async () => {
        await users.distinct('email');
        await users.estimatedDocumentCount();
        await users.findOneAndUpdate({ _id: 1 }, { $set: { email: 'b@example.com' } });
        await users.updateMany({}, { $set: { name: 'n' } });
        await users.createIndex({ name: 1 });
        await users.indexes();
        await users.find().explain();
        await client.db('shop').listCollections().toArray();
        await client.db('shop').command({ count: 'users' });
        await client.db('other').dropDatabase();
      });
      expect(drawn()).toEqual([
        'a',
        '  distinct users',
        '  count users',
        '  findAndModify users',
        '  update users',
        '  createIndexes users',
        '  listIndexes users (2)',
        '  explain users',
        '  listCollections shop (1)',
        '  count users',
        '  dropDatabase other',
      ]);
    });

    test('do not show the name of a person as a collection', async () => {
      await tracer.withSpan('a', () =>
        client
          .db('shop')
          .command({ createUser: 'ann@example.com', pwd: 'secret', roles: [] })
          .catch(() => {}),
      );
      expect(exporter.spans[0]?.name).toBe('createUser shop');
      expect(JSON.stringify(exporter.spans)).not.toMatch(/ann|secret/);
    });

    test('that write several documents have the size of the batch', async () => {
      await tracer.withSpan('a', async () => {
        await users.insertMany([{ _id: 10 }, { _id: 11 }, { _id: 12 }]);
        await users.insertMany([{ _id: 13 }]);
        await users.bulkWrite([
          { insertOne: { document: { _id: 20 } } },
          { insertOne: { document: { _id: 21 } } },
          { updateOne: { filter: { _id: 20 }, update: { $set: { email: 'x' } } } },
          { deleteOne: { filter: { _id: 1 } } },
          { deleteOne: { filter: { _id: 2 } } },
        ]);
      });
      expect(exporter.spans.map(({ name, attributes }) => [name, attributes['db.operation.batch.size']])).toEqual([
        ['insert users', 3],
        ['insert users', undefined],
        ['insert users', 2],
        ['update users', undefined],
        ['delete users', 2],
        ['a', undefined],
      ]);
    });

    test('that fail have the code of the error, and no document', async () => {
      await users.createIndex({ email: 1 }, { unique: true, sparse: true });
      await tracer.withSpan('a', async () => {
        await expect(users.insertOne({ _id: 9, email: 'a@example.com' })).rejects.toMatchObject({ code: 11000 });
        await expect(
          users.insertMany([{ _id: 1 }, { _id: 30 }, { _id: 31 }], { ordered: false }),
        ).rejects.toMatchObject({ code: 11000 });
        await expect(users.find({ $and: 'a@example.com' } as never).toArray()).rejects.toThrow();
      });
      expect(drawn()).toEqual(['a', '  insert users ! 11000', '  insert users ! 11000', '  find users ! 2']);
      expect(exporter.spans[0]).toMatchObject({
        status: { code: 'error' },
        attributes: { 'error.type': '11000', 'db.response.status_code': '11000' },
      });
      expect(JSON.stringify(exporter.spans)).not.toContain('a@example.com');
    });

    test('have no span outside a span, and none for what the driver sends by itself', async () => {
      await users.findOne();
      const other = traceMongo(new MongoClient(server.url));
      await tracer.withSpan('a', async () => {
        await other.connect();
        await other.db('shop').command({ ping: 1 });
        await other.close();
      });
      expect(drawn()).toEqual(['a']);
    });

    test('are traced by the client, its class, or the exports of the driver, and by nothing else', () => {
      const driver = require(version) as object;
      expect(traceMongo(driver)).toBe(driver);
      expect(traceMongo(MongoClient)).toBe(MongoClient);
      expect(traceMongo(client)).toBe(client);
      for (const other of [undefined, null, 7, {}, () => {}]) {
        expect(() => traceMongo(other as never)).toThrow(/traceMongo\(client\) takes a MongoClient/);
      }
    });

    test('leave the listeners and the option of the application alone', async () => {
      const monitored = traceMongo(new MongoClient(server.url, { monitorCommands: true }));
      const started: string[] = [];
      monitored.on('commandStarted', ({ commandName }) => started.push(commandName));
      await tracer.withSpan('a', () => monitored.db('shop').collection('users').findOne());
      await monitored.close();
      expect(started).toEqual(['find', 'endSessions']);
      expect(drawn()).toEqual(['a', '  find users (1)']);
      expect(client.listenerCount('commandStarted')).toBe(0);
      expect((client as { monitorCommands?: boolean }).monitorCommands).toBe(false);
    });
  });
});
