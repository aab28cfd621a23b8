import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { sketchTrace } from '../../test/sketch-trace.ts';
import { endAllWaymarks, runWaymark } from '../../test/waymark-process.ts';
import { type Collector, startCollector } from '../collector.ts';
import { toOtlpJson } from '../export/to-otlp-json.ts';
import type { Span } from '../model/span.ts';

jest.setTimeout(60_000);

let collector: Collector;
let folder: string;

beforeAll(async () => {
  collector = await startCollector({ port: 0 });
  folder = await mkdtemp(join(tmpdir(), 'waymark-share-'));
  const response = await fetch(collector.otlpUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(toOtlpJson([span])),
  });
  expect(response.status).toBe(200);
});

afterAll(async () => {
  await endAllWaymarks();
  await collector.close();
  await rm(folder, { recursive: true, force: true });
});

const [sketched] = sketchTrace('shop client pay 0-100 !') as [Span];
const { traceId } = sketched;
const span: Span = {
  ...sketched,
  attributes: {
    'user.id': 'ada',
    'db.query.text': "SELECT 1 FROM users WHERE email = 'ada@example.org'",
    'url.full': 'https://ada:pw@bank.example/pay?token=abc&amount=12',
    'shop.coupon': 'SUMMER',
  },
  status: { code: 'error', message: 'no user ada@example.org' },
};

/** The trace in the file, as its page reads it. */
async function readShared(file: string): Promise<string> {
  const html = await readFile(file, 'utf8');
  const [, data = ''] = /id="waymark-trace">([^<]*)</.exec(html) ?? [];
  return inflateSync(Buffer.from(data, 'base64')).toString();
}

function run(name: string, ...args: string[]) {
  const file = join(folder, name);
  const running = runWaymark(['share', traceId.slice(0, 6), '-o', file, '--url', collector.url, ...args]);
  return running.then((ending) => ({ ...ending, file }));
}

test('lists what was removed, writes the file, and prints its path', async () => {
  const { code, stdout, stderr, file } = await run('default.html');
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${file}\n` });
  expect(stderr).toBe(`Removed from the trace:
  1 attribute left out by its key (key): user.id
  1 value in a database query (query-literal): db.query.text
  1 user name and password in a URL (user-info): url.full
  1 parameter of a URL (url-parameter): url.full
  1 e-mail address (email): status.message
To keep some: --keep KIND or KEY. To remove more: --strict, --without KEY.
`);
  const shared = await readShared(file);
  expect(shared).not.toMatch(/ada|pw@|abc/);
  expect(shared).toContain('https://REDACTED:REDACTED@bank.example/pay?token=REDACTED&amount=12');
  expect(shared).toContain('SUMMER');
});

test('keeps kinds and keys, and removes more', async () => {
  const kept = await run('kept.html', '--keep', 'e-mails,user.id', '--without', 'shop.coupon');
  const shared = await readShared(kept.file);
  expect(shared).toContain('no user ada@example.org');
  expect(shared).toContain('"user.id":"ada"');
  expect(shared).not.toMatch(/SUMMER/);
  expect(kept.stderr).toContain('(key): shop.coupon\n');

  const strict = await run('strict.html', '--strict');
  expect(await readShared(strict.file)).toMatch(/amount=REDACTED.*"message":"REDACTED"/s);

  const all = await run('all.html', '--all');
  expect(all.stderr).toBe('Nothing was removed: the file holds all values.\n');
  expect(await readShared(all.file)).toContain('https://ada:pw@bank.example/pay?token=abc&amount=12');
});

test('a file that cannot be written is reported with a remedy', async () => {
  const { code, stderr, file } = await run('none/trace.html');
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /trace\.html cannot be written: ENOENT.* Choose another file: -o FILE \(WAYMARK_CANNOT_WRITE\)\n$/,
  );
  await expect(access(file)).rejects.toThrow('ENOENT');
});

test('--all with options that remove more is a mistake', async () => {
  const { code, stderr } = await run('both.html', '--all', '--strict');
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: 'Give --all without --without, --strict and --keep: it removes nothing. (WAYMARK_USAGE)\n',
  });
});
