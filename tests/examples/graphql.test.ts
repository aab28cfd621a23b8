// The lines of docs/graphql.md run, and trace.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildPackages } from './run-example.ts';

beforeAll(buildPackages, 120_000);

test('the lines for ES modules give each operation one span', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(__dirname, 'graphql/lines.mjs')], {
    env: { PATH: process.env.PATH },
  });
  const request = ['query Version', 'POST /graphql query Version'];
  expect(JSON.parse(stdout)).toEqual([...request, ...request]);
}, 60_000);
