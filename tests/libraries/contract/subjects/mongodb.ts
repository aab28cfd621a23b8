import type mongodb from 'mongodb';
import type { Collection, MongoClient } from 'mongodb';
import { drain, failure, type Subject } from '../subject.ts';

interface Entry {
  readonly _id: number | string;
  readonly label: string;
}

interface Clients {
  readonly client: MongoClient;
  readonly numbers: Collection<Entry>;
}

const three: readonly Entry[] = [
  { _id: 1, label: 'one' },
  { _id: 2, label: 'two' },
  { _id: 3, label: 'three' },
];

export const mongodbSubject: Subject<typeof mongodb, Clients> = {
  name: 'mongodb',
  library: 'mongodb',
  modules: ['mongodb60', 'mongodb6', 'mongodb'],
  service: 'mongo',
  trace: ({ traceMongo }, moduleExports) => traceMongo(moduleExports),
  async open({ MongoClient }, { url }, maxPoolSize) {
    const client = new MongoClient(url, { maxPoolSize });
    const numbers = client.db().collection<Entry>('numbers');
    await numbers.deleteMany({});
    await numbers.insertMany([...three]);
    return { client, numbers };
  },
  close: ({ client }) => client.close(),
  calls: {
    'promise, success': {
      spans: ['find numbers (1)', 'after', 'find numbers (3)', 'after', 'update numbers', 'after'],
      async make({ numbers }, canary, after) {
        await numbers.findOne({ _id: 1, label: { $ne: canary } });
        after();
        await numbers.find({ label: { $ne: canary } }).toArray();
        after();
        await numbers.updateOne({ label: canary }, { $set: { label: canary } });
        after();
      },
    },
    'promise, error': {
      spans: ['insert numbers ! 11000', 'after'],
      async make({ numbers }, canary, after) {
        await failure(numbers.insertOne({ _id: 1, label: canary }));
        after();
      },
    },
    'cursor, success': {
      spans: ['find numbers (2)', 'getMore numbers (1)', 'after'],
      async make({ numbers }, canary, after) {
        await drain(numbers.find({ label: { $ne: canary } }).batchSize(2));
        after();
      },
    },
    'cursor, error': {
      spans: ['find numbers ! 2', 'after'],
      async make({ numbers }, canary, after) {
        await failure(drain(numbers.find({ label: { $missing: canary } } as never)));
        after();
      },
    },
    'stream, success': {
      spans: ['find numbers (2)', 'getMore numbers (1)', 'after'],
      async make({ numbers }, canary, after) {
        await drain(
          numbers
            .find({ label: { $ne: canary } })
            .batchSize(2)
            .stream(),
        );
        after();
      },
    },
    'aggregate, success': {
      spans: ['aggregate numbers (1)', 'after'],
      async make({ numbers }, canary, after) {
        await numbers.aggregate([{ $match: { label: { $ne: canary } } }, { $count: 'count' }]).toArray();
        after();
      },
    },
  },
};
