// The instrumentations of MongoDB's driver and of Mongoose through the bridge.
import { describeWith } from '../services/describe-with.ts';
import { startMongo } from '../services/mongo.ts';
import type { Service } from '../services/service.ts';
import { runBoth } from './run-both.ts';

describeWith('mongo')('MongoDB', () => {
  let mongo: Service;
  beforeAll(async () => {
    mongo = await startMongo();
  });
  afterAll(() => mongo.stop());

  // A duplicate key is no error status: the server replies with success, and the instrumentation does not look into it.
  test.each(['sdk-3', 'sdk-2'] as const)(
    'mongodb, a pool of one connection and requests at once, %s',
    async (generation) => {
      const { lines, waymark, sdk } = await runBoth('mongodb', { generation, servers: { mongo } });
      expect(lines).toEqual([
        'server cursor',
        '  client find driver_entries (mongodb)',
        '  client getMore driver_entries (mongodb)',
        '  document 1',
        '  document 2',
        '  document 3',
        'server failure',
        '  after failure',
        '  client insert driver_entries (mongodb)',
        'server preparation',
        '  client delete driver_entries (mongodb)',
        '  client insert driver_entries (mongodb)',
        'server request a',
        '  after find a',
        '  after update a',
        '  client find driver_entries (mongodb)',
        '  client update driver_entries (mongodb)',
        'server request b',
        '  after find b',
        '  after update b',
        '  client find driver_entries (mongodb)',
        '  client update driver_entries (mongodb)',
        'server request c',
        '  after find c',
        '  after update c',
        '  client find driver_entries (mongodb)',
        '  client update driver_entries (mongodb)',
        'server request d',
        '  after find d',
        '  after update d',
        '  client find driver_entries (mongodb)',
        '  client update driver_entries (mongodb)',
      ]);
      expect(waymark).toEqual(sdk);
    },
  );

  // The spans of Mongoose and of its driver are siblings: Mongoose's are not active while the driver works.
  test.each(['sdk-3', 'sdk-2'] as const)('mongoose over mongodb, %s', async (generation) => {
    const { lines, waymark, sdk } = await runBoth('mongoose', { generation, servers: { mongo } });
    expect(lines).toEqual([
      'server aggregate',
      '  client aggregate $cmd (mongodb)',
      '  client aggregate model_entries (mongoose)',
      'server failure',
      '  after failure',
      '  client insert model_entries (mongodb)',
      '  client save model_entries (mongoose) ! E11000 duplicate key error collection: shop.model_entries  Mongoose Error Code: 11000',
      'server preparation',
      '  client delete model_entries (mongodb)',
      '  client deleteMany model_entries (mongoose)',
      '  client insert model_entries (mongodb)',
      '  client insertMany model_entries (mongoose)',
      'server request a',
      '  after find a',
      '  after save a',
      '  client find model_entries (mongodb)',
      '  client findOne model_entries (mongoose)',
      '  client insert model_entries (mongodb)',
      '  client save model_entries (mongoose)',
      'server request b',
      '  after find b',
      '  after save b',
      '  client find model_entries (mongodb)',
      '  client findOne model_entries (mongoose)',
      '  client insert model_entries (mongodb)',
      '  client save model_entries (mongoose)',
      'server request c',
      '  after find c',
      '  after save c',
      '  client find model_entries (mongodb)',
      '  client findOne model_entries (mongoose)',
      '  client insert model_entries (mongodb)',
      '  client save model_entries (mongoose)',
    ]);
    expect(waymark).toEqual(sdk);
  });
});
