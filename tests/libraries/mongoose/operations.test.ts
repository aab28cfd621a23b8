import { createTracer, setDefaultTracer } from '@waymark/core';
import { traceMongoose } from '@waymark/core/libraries';
import { inMemoryExporter } from '@waymark/core/testing';
import mongoose from 'mongoose';
import { describeWith } from '../../services/describe-with.ts';
import { startMongo } from '../../services/mongo.ts';
import { drawSpans } from '../draw-spans.ts';

describeWith('mongo')("mongoose's operations", () => {
  test('have spans above those of their commands, if they are asked for', async () => {
    const exporter = inMemoryExporter();
    const libraries = { mongoose: { operations: true } };
    const tracer = createTracer({ exporter, libraries, flushOnExit: false, logLevel: 'none', env: {} });
    setDefaultTracer(tracer);
    traceMongoose(mongoose);
    const server = await startMongo();
    await mongoose.connect(server.url);
    const authors = mongoose.model(
      'Author',
      new mongoose.Schema({ name: { type: String, required: true } }),
      'authors',
    );
    await authors.init();

    await tracer.withSpan('a', async () => {
      const author = await authors.create({ name: 'Ann' });
      await authors.find().batchSize(2);
      await authors.aggregate([{ $match: { name: 'Ann' } }]);
      await authors.insertMany([{ name: 'Bob' }, { name: 'Cid' }]);
      await authors.bulkWrite([{ deleteOne: { filter: { name: 'Bob' } } }]);
      await expect(authors.findOne({ _id: 'secret' })).rejects.toThrow('Cast to ObjectId failed');
      await expect(new authors().save()).rejects.toThrow('validation failed');
      await author.deleteOne();
    });
    await mongoose.disconnect();
    await server.stop();

    expect(drawSpans(exporter.spans)).toEqual([
      'a',
      '  mongoose.save authors',
      '    insert authors',
      '  mongoose.find authors',
      '    find authors (1)',
      '  mongoose.aggregate authors',
      '    aggregate authors (1)',
      '  mongoose.insertMany authors',
      '    insert authors',
      '  mongoose.bulkWrite authors',
      '    delete authors',
      '  mongoose.findOne authors ! CastError',
      '  mongoose.save authors ! ValidationError',
      '  mongoose.deleteOne authors',
      '    delete authors',
    ]);
    expect(exporter.spans.find(({ name }) => name === 'mongoose.find authors')).toMatchObject({
      kind: 'internal',
      attributes: {
        'db.system.name': 'mongodb',
        'db.namespace': 'shop',
        'db.collection.name': 'authors',
        'db.operation.name': 'find',
      },
    });
    expect(JSON.stringify(exporter.spans)).not.toMatch(/secret|Ann/);
  });
});
