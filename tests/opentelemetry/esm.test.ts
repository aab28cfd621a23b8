// An application of ES modules, with the packages as they are built.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { SpanData } from '@waymark/core/testing';
import { findNode } from '../matrix/node-binaries.ts';
import { describeWith } from '../services/describe-with.ts';
import { startPostgres } from '../services/postgres.ts';
import type { Service } from '../services/service.ts';
import { drawTrees } from './printed-span.ts';
import { printSpan } from './set-ups/waymark.ts';

describeWith('postgres')('ES modules', () => {
  let postgres: Service;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  test.each([20, 22, 24, 26])('on Node %i', async (major) => {
    const { host, port, user, password, database } = postgres;
    const account = JSON.stringify({ host, port, user, password, database });
    const child = fork(join(__dirname, 'esm-application.mjs'), [account], { execPath: findNode(major), execArgv: [] });
    const [{ isRegistered, isSame, spans }] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`It ended with ${code}.`))),
    ]);
    expect({ isRegistered, isSame }).toEqual({ isRegistered: true, isSame: true });
    expect(drawTrees((spans as SpanData[]).map(printSpan))).toEqual([
      'client pg-pool.connect (pg)',
      '  client pg.connect (pg)',
      ...['a', 'b'].flatMap((name) => [
        `server request ${name}`,
        `  items ${name} (shop)`,
        '    client pg-pool.connect (pg) × 2',
        '    client pg.query:SELECT postgres (pg) × 2',
        '    item (shop) × 2',
      ]),
    ]);
  });
});
