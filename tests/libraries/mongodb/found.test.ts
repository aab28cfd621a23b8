// With nothing to write: programs that load the driver and Mongoose, which the packages as built find.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeWith } from '../../services/describe-with.ts';
import { startMongo } from '../../services/mongo.ts';
import type { Service } from '../../services/service.ts';

const root = join(__dirname, '../../..');

/** Takes `MongoClient` and `mongoose`, and prints a line for each span: its parent and its name. */
const use = `
  const exporter = inMemoryExporter();
  const url = process.argv[2];
  const early = new MongoClient(url);
  await early.connect();
  await early.db('shop').collection('early').countDocuments();
  const session = early.startSession();
  getTracer({ exporter });
  await withSpan('before', async () => {
    await early.db('shop').collection('early').countDocuments();
    await early.db('shop').collection('early').countDocuments({}, { session });
  });
  await withSpan('after', async () => {
    await using(new MongoClient(url), (client) => client.db('shop').collection('late').countDocuments());
  });
  const Thing = mongoose.model('Thing', new mongoose.Schema({}, { autoCreate: false, autoIndex: false }), 'things');
  await Promise.all([
    withSpan('buffered', () => Thing.find()),
    withSpan('connect', () => mongoose.connect(url)),
  ]);
  await mongoose.disconnect();
  await session.endSession();
  await early.close();
  async function using(client, call) {
    await call(client);
    await client.close();
  }
  const names = new Map(exporter.spans.map(({ spanId, name }) => [spanId, name]));
  for (const { name, parentSpanId } of exporter.spans) {
    if (parentSpanId !== undefined) console.log(names.get(parentSpanId) + ' > ' + name);
  }
`;
const expected = [
  'before > aggregate early',
  'before > aggregate early',
  'after > aggregate late',
  'buffered > find things',
];

const programs: Readonly<Record<string, (mongoose: string) => readonly [extension: string, source: string]>> = {
  CommonJS: (mongoose) => [
    'cjs',
    `const { MongoClient } = require('mongodb');
     const mongoose = require('${mongoose}');
     const { getTracer, withSpan } = require('@waymark/core');
     const { inMemoryExporter } = require('@waymark/core/testing');
     void (async () => { ${use} })();`,
  ],
  'ES modules': (mongoose) => [
    'mjs',
    `import { MongoClient } from 'mongodb';
     import mongoose from '${mongoose}';
     import { getTracer, withSpan } from '@waymark/core';
     import { inMemoryExporter } from '@waymark/core/testing';
     ${use}`,
  ],
};

describeWith('mongo')('a program that loads the driver', () => {
  // Inside the package that has the libraries, so that they resolve.
  const folder = mkdtempSync(join(root, 'tests/libraries/node_modules/mongo-'));
  let server: Service;

  beforeAll(async () => {
    execFileSync(
      process.execPath,
      ['--input-type=module', '--eval', "(await import('./scripts/setup.mjs')).buildPackages()"],
      { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    server = await startMongo();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await server.stop();
  });

  test.each(
    Object.keys(programs).flatMap((kind) => ['mongoose', 'mongoose8'].map((mongoose) => [kind, mongoose] as const)),
  )('%s with %s has spans, also of clients that were connected before', async (kind, mongoose) => {
    const [extension, source] = programs[kind]?.(mongoose) ?? [];
    const file = join(folder, `${mongoose}.${extension}`);
    writeFileSync(file, source ?? '');
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file, server.url], {
      env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none' },
    });
    expect({ lines: stdout.trim().split('\n'), stderr }).toEqual({ lines: expected, stderr: '' });
  });
});
