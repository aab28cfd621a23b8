// @opentelemetry/instrumentation-mongodb: a pool of one connection, requests at once, cursors, errors.
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  services: ['mongo'],
  instrumentations: (load) => [new (load('@opentelemetry/instrumentation-mongodb').MongoDBInstrumentation)()],

  async run({ load, servers, inRequest, mark }) {
    const { MongoClient } = load('mongodb');
    const client = new MongoClient(servers.mongo.url, { maxPoolSize: 1 });
    await client.connect();
    const entries = client.db('shop').collection('driver_entries');
    await inRequest('preparation', async () => {
      await entries.deleteMany({});
      await entries.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }]);
    });

    await Promise.all(
      ['a', 'b', 'c', 'd'].map((name, index) =>
        inRequest(`request ${name}`, async () => {
          await entries.findOne({ _id: index });
          mark(`after find ${name}`);
          await entries.updateOne({ _id: index }, { $set: { name } });
          mark(`after update ${name}`);
        }),
      ),
    );
    await inRequest('cursor', async () => {
      for await (const { _id } of entries.find({}, { batchSize: 2 }).sort({ _id: 1 })) mark(`document ${_id}`);
    });
    await inRequest('failure', async () => {
      await entries.insertOne({ _id: 1 }).catch(() => mark('after failure'));
    });
    await client.close();
  },
};
