// Instrumentations of utilities, of logs and of Node through the bridge.
import { runBoth } from './run-both.ts';

test('dataloader, generic-pool, lru-memoizer, fs, dns, pino, winston', async () => {
  const { lines, waymark, sdk } = await runBoth('utilities');
  expect(lines).toEqual([
    'log line: [true,true,true] (observations) × 2',
    'server files',
    '  after a failure',
    '  after a promise',
    '  fs readFile (fs) × 2',
    "  fs readFile (fs) ! ENOENT: no such file or directory, open '/absent'",
    '  fs readFileSync (fs)',
    '  in a callback',
    'server loader a',
    '  after a',
    '  client dataloader.load (dataloader)',
    '    dataloader.batch (dataloader)',
    '      batch',
    'server loader b',
    '  after b',
    '  client dataloader.load (dataloader)',
    'server logs',
    'server memoizer a',
    '  has a',
    '  loads',
    'server memoizer b',
    '  has b',
    'server names',
    '  client dns.lookup (dns) × 2',
    '  looked up',
    ...['a', 'b', 'c'].flatMap((name) => [
      `server pool ${name}`,
      '  generic-pool.acquire (generic-pool)',
      `  has ${name}`,
    ]),
  ]);
  expect(waymark).toEqual(sdk);
});
