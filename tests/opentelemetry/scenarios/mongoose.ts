// @opentelemetry/instrumentation-mongoose with that of the driver below it, as applications have both.
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  services: ['mongo'],
  instrumentations: (load) => [
    new (load('@opentelemetry/instrumentation-mongoose').MongooseInstrumentation)(),
    new (load('@opentelemetry/instrumentation-mongodb').MongoDBInstrumentation)(),
  ],

  async run({ load, servers, inRequest, mark }) {
    const mongoose = load('mongoose');
    const connection = await mongoose.createConnection(servers.mongo.url, { maxPoolSize: 1 }).asPromise();
    const schema = new mongoose.Schema({ _id: Number, label: { type: String, unique: false } }, { autoIndex: false });
    const Entry = connection.model('Entry', schema, 'model_entries');
    await inRequest('preparation', async () => {
      await Entry.deleteMany({});
      await Entry.insertMany([{ _id: 1 }, { _id: 2 }]);
    });

    await Promise.all(
      ['a', 'b', 'c'].map((name, index) =>
        inRequest(`request ${name}`, async () => {
          await Entry.findOne({ _id: index });
          mark(`after find ${name}`);
          await new Entry({ _id: 10 + index, label: name }).save();
          mark(`after save ${name}`);
        }),
      ),
    );
    await inRequest('aggregate', () => Entry.aggregate([{ $match: { _id: 1 } }]));
    await inRequest('failure', async () => {
      await new Entry({ _id: 1 }).save().catch(() => mark('after failure'));
    });
    await connection.close();
  },
};
