import { activeSpan, createTracer, type Tracer, withSpan } from '@waymark/core';
import { traceMongoose } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import type { Model, Mongoose, Types } from 'mongoose';
import { describeWith } from '../../services/describe-with.ts';
import { startMongo } from '../../services/mongo.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';

interface Author {
  name: string;
  city?: string;
}

interface Book {
  title: string;
  author: Types.ObjectId;
}

interface MongooseModule {
  readonly Mongoose: new () => Mongoose;
}

describeWith('mongo')('mongoose', () => {
  let server: Service;

  beforeAll(async () => {
    server = await startMongo();
  });
  afterAll(() => server.stop());

  describe.each(['mongoose', 'mongoose8'])('%s', (version) => {
    const mongooseModule = require(version) as MongooseModule;
    let mongoose: Mongoose;
    let authors: Model<Author>;
    let books: Model<Book>;
    let exporter: InMemoryExporter;
    let tracer: Tracer;

    function makeTracer(): void {
      exporter = inMemoryExporter();
      tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
    }

    const drawn = () => drawSpans(exporter.spans);

    beforeEach(async () => {
      makeTracer();
      mongoose = traceMongoose(new mongooseModule.Mongoose());
      const author = new mongoose.Schema<Author>({ name: { type: String, required: true }, city: String });
      const book = new mongoose.Schema<Book>({
        title: String,
        author: { type: mongoose.Schema.Types.ObjectId, ref: 'Author' },
      });
      author.pre('save', async () => {
        await withSpan('pre save', () => authors.countDocuments());
      });
      author.post('find', async () => {
        await withSpan('post find', () => authors.findOne());
      });
      mongoose.set('autoIndex', false).set('autoCreate', false);
      authors = mongoose.model('Author', author, 'authors');
      books = mongoose.model('Book', book, 'books');
    });
    afterEach(() => mongoose.disconnect());

    /** Connects, and leaves three authors of two books each. */
    async function connect(): Promise<void> {
      await mongoose.connect(server.url, { maxPoolSize: 1 });
      await authors.deleteMany();
      await books.deleteMany();
      for (const name of ['Ann', 'Bob', 'Cid']) {
        const { _id } = await authors.create({ name, city: 'Ghent' });
        await books.insertMany([
          { title: 'one', author: _id },
          { title: 'two', author: _id },
        ]);
      }
    }

    test('has a span for each command, below its caller, at a full pool', async () => {
      await connect();
      const callers = ['a', 'b', 'c'];
      await Promise.all(
        callers.map((caller) =>
          tracer.withSpan(caller, async () => {
            await books.find({ title: 'one' });
            expect(activeSpan()).toMatchObject({ name: caller });
            await books.updateOne({ title: 'one' }, { title: 'three' }).exec();
          }),
        ),
      );
      expect(drawn().slice(0, 3)).toEqual(['a', '  find books (3)', '  update books']);
      expect(drawn().filter((line) => line.startsWith('  '))).toHaveLength(6);
      expect(drawn().filter((line) => !line.startsWith('  '))).toEqual(callers);
    });

    test('starts a query where it is awaited', async () => {
      await connect();
      const query = tracer.withSpan('made', () => ({ query: books.find() }));
      await tracer.withSpan('awaited', async () => {
        await query.query;
      });
      expect(drawn()).toEqual(['made', 'awaited', '  find books (6)']);
    });

    test('runs hooks in the context of the caller, and what they do', async () => {
      await connect();
      await tracer.withSpan('a', async () => {
        await authors.create({ name: 'Dan' });
        await authors.find();
      });
      expect(drawn()).toEqual([
        'a',
        '  pre save',
        '    aggregate authors (1)',
        '  insert authors',
        '  find authors (4)',
        '  post find',
        '    find authors (1)',
      ]);
    });

    test('populates below the caller', async () => {
      await connect();
      await tracer.withSpan('a', () => books.findOne().populate('author').lean());
      expect(drawn()).toEqual(['a', '  find books (1)', '  find authors (1)', '  post find', '    find authors (1)']);
    });

    test('iterates below the code that iterates', async () => {
      await connect();
      const cursor = books.find().cursor({ batchSize: 4 });
      await tracer.withSpan('first', () => cursor.next());
      await tracer.withSpan('rest', async () => {
        for await (const { title } of cursor) await withSpan(title, () => {});
      });
      await tracer.withSpan('each', () =>
        books
          .aggregate([{ $match: { title: 'one' } }])
          .cursor()
          .eachAsync(() => {}),
      );
      expect(drawn()).toEqual([
        'first',
        '  find books (4)',
        'rest',
        '  two',
        '  one',
        '  two',
        '  getMore books (2)',
        '  one',
        '  two',
        'each',
        '  aggregate books (3)',
      ]);
    });

    test('keeps the caller of each call that waits for the connection', async () => {
      const client = new mongoose.mongo.MongoClient(server.url);
      await client.db('shop').dropDatabase();
      await client.db('shop').collection('books').insertMany([{}, {}]);
      await client.close();
      const calls: Readonly<Record<string, () => PromiseLike<unknown>>> = {
        find: () => books.find(),
        save: () => new authors({ name: 'Eve' }).save(),
        native: () => books.collection.insertOne({ title: 'four' } as never),
        cursor: () => books.find().cursor().next(),
        aggregate: () => books.aggregate([{ $match: {} }]),
        'aggregate cursor': () =>
          books
            .aggregate([{ $match: {} }])
            .cursor()
            .next(),
      };
      const waiting = Object.entries(calls).map(([name, call]) =>
        tracer.withSpan(name, async () => {
          await call();
          expect(activeSpan()).toMatchObject({ name });
        }),
      );
      const outside = books.countDocuments().exec();
      await tracer.withSpan('opener', () => mongoose.connect(server.url));
      await Promise.all([...waiting, outside]);
      expect(drawn()).toEqual([
        'find',
        expect.stringMatching(/^ {2}find books \([23]\)$/),
        'save',
        '  pre save',
        '    aggregate authors (0)',
        '  insert authors',
        'native',
        '  insert books',
        'cursor',
        expect.stringMatching(/^ {2}find books \([23]\)$/),
        'aggregate',
        expect.stringMatching(/^ {2}aggregate books \([23]\)$/),
        'aggregate cursor',
        expect.stringMatching(/^ {2}aggregate books \([23]\)$/),
        'opener',
      ]);
    });

    test('gives up a call that waits too long, as without tracing', async () => {
      const waiting = tracer.withSpan('a', () =>
        expect(books.find().setOptions({ bufferTimeoutMS: 1 } as never)).rejects.toThrow('buffering timed out'),
      );
      mongoose.set('bufferTimeoutMS', 20);
      await waiting;
      expect(drawn()).toEqual(['a']);
    });

    test('is traced by the exports, also of an ES module, and by nothing else', () => {
      const namespace = { default: mongoose };
      expect(traceMongoose(namespace)).toBe(namespace);
      for (const other of [undefined, null, {}, { mongo: {} }]) {
        expect(() => traceMongoose(other as never)).toThrow(/traceMongoose\(mongoose\) takes the exports of mongoose/);
      }
    });

    test('marks what fails, without the values', async () => {
      await connect();
      const { _id } = (await authors.findOne()) as { _id: Types.ObjectId };
      await tracer.withSpan('a', () =>
        expect(authors.insertMany([{ _id, name: 'secret' }])).rejects.toMatchObject({ code: 11000 }),
      );
      expect(drawn()).toEqual(['a', '  insert authors ! 11000']);
      expect(JSON.stringify(exporter.spans)).not.toMatch(/secret|dup key: \{ _/);
    });
  });
});
