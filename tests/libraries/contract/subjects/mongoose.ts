import type mongoose from 'mongoose';
import type { Connection, Model } from 'mongoose';
import { drain, failure, type Subject } from '../subject.ts';

interface Clients {
  readonly connection: Connection;
  readonly Entry: Model<{ _id: number; label: string }>;
}

export const mongooseSubject: Subject<typeof mongoose, Clients> = {
  name: 'mongoose',
  library: 'mongodb',
  modules: ['mongoose8', 'mongoose'],
  service: 'mongo',
  trace: ({ traceMongoose }, moduleExports) => traceMongoose(moduleExports),
  async open(mongoose, { url }, maxPoolSize) {
    const connection = await mongoose.createConnection(url, { maxPoolSize }).asPromise();
    const schema = new mongoose.Schema({ _id: Number, label: String });
    const Entry = connection.model<{ _id: number; label: string }>('Entry', schema, 'entries');
    await Entry.deleteMany({});
    await Entry.insertMany([
      { _id: 1, label: 'one' },
      { _id: 2, label: 'two' },
      { _id: 3, label: 'three' },
    ]);
    return { connection, Entry };
  },
  close: ({ connection }) => connection.close(),
  calls: {
    'promise, success': {
      spans: ['find entries (1)', 'after', 'find entries (3)', 'after', 'update entries', 'after'],
      async make({ Entry }, canary, after) {
        await Entry.findOne({ _id: 1, label: { $ne: canary } });
        after();
        await Entry.find({ label: { $ne: canary } }).exec();
        after();
        await Entry.updateOne({ label: canary }, { label: canary });
        after();
      },
    },
    'promise, error': {
      spans: ['insert entries ! 11000', 'after'],
      async make({ Entry }, canary, after) {
        await failure(Entry.create({ _id: 1, label: canary }));
        after();
      },
    },
    'cursor, success': {
      spans: ['find entries (2)', 'getMore entries (1)', 'after'],
      async make({ Entry }, canary, after) {
        await drain(Entry.find({ label: { $ne: canary } }).cursor({ batchSize: 2 }));
        after();
      },
    },
  },
};
