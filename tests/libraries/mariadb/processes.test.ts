// Node's own modules: Jest has others.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findNode } from '../../matrix/node-binaries.ts';
import { describeWith } from '../../services/describe-with.ts';
import { type Setup, setUp } from './traced-mariadb.ts';

const run = promisify(execFile);

describeWith('mariadb')('mariadb in a process', () => {
  let setup: Setup;
  beforeAll(async () => {
    setup = await setUp();
  });
  afterAll(() => setup.stop());

  // Node 20 does not report which ES modules it loads.
  test.each([
    [20, 'required'],
    [20, 'given'],
    [24, 'required'],
    [24, 'imported'],
    [24, 'given'],
  ])('on Node %i: %s', async (major, way) => {
    const env = { ...process.env, ACCOUNT: JSON.stringify(setup.account) };
    const { stdout } = await run(findNode(major), [join(__dirname, 'program.mjs'), way], { env, timeout: 20_000 });
    expect(stdout.trimEnd().split('\n')).toEqual([
      '- first',
      '- second',
      'first SELECT',
      'first SELECT users',
      'second SELECT',
      'second SELECT users',
    ]);
  });
});
