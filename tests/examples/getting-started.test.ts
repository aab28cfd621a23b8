// docs/getting-started.md as its reader goes through it: `npx pglite-server`, `npx waymark -- node server.js`, a request, the trace in the
// terminal. All of ours from source.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readCodeBlocks } from './code-blocks.ts';
import { withoutNumbers } from './run-example.ts';

const root = join(__dirname, '../..');
const waymark = [
  '--require',
  'esbuild-register',
  '--conditions=@waymark/source',
  `${root}/packages/waymark/src/bin.ts`,
];

const folder = join(root, 'examples/getting-started');

let databaseUrl: string;
let database: ChildProcess;

beforeAll(async () => {
  const port = await findFreePort();
  const server = join(folder, 'node_modules/@electric-sql/pglite-socket/dist/scripts/server.js');
  database = spawn(process.execPath, [server, `--port=${port}`, '--max-connections=10'], { stdio: 'ignore' });
  await listening(port, () => (database.exitCode === null ? undefined : 'the database'));
  databaseUrl = `postgres://postgres@127.0.0.1:${port}/postgres`;
}, 60_000);

afterAll(async () => {
  const ended = once(database, 'close');
  database.kill('SIGKILL');
  await ended;
});

test.each(['express.js', 'fastify.js', 'nest.ts'])('%s prints the trace that the page shows', async (file) => {
  const port = await findFreePort();
  const server = [process.execPath, '--import', 'tsx', '--conditions=@waymark/source', file];
  const child = spawn(process.execPath, [...waymark, '--memory', '--port', '0', '--', ...server], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      NO_COLOR: '1',
    },
  });
  const ended = once(child, 'close');
  let output = '';
  const printed = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part: string) => {
        output += part;
        if (output.includes('→ SELECT users')) resolve();
      });
  });
  try {
    await listening(port, () => (child.exitCode === null ? undefined : output));
    expect(await readJson(`http://127.0.0.1:${port}/users/7`)).toEqual({ name: 'Ada' });
    await Promise.race([printed, ended]);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
  const [picture] = readCodeBlocks('docs/getting-started.md').filter(({ language }) => language === 'text');
  const lines = withoutNumbers(picture?.code ?? '').filter((line) => !line.startsWith('  http'));
  expect(lines).toHaveLength(4);
  expect(withoutNumbers(output)).toEqual(expect.arrayContaining(lines));
});

/** From another process, like the reader's: a test before this one may have turned outbound tracing on in this process. */
async function readJson(url: string): Promise<unknown> {
  const script = 'fetch(process.argv[1]).then((response) => response.text()).then(console.log)';
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, url]);
  return JSON.parse(stdout);
}

/**
 * A free port below those that systems give to outgoing connections. `listening()` connects until a server is there, and a connection
 * to a port of that range may get the same port as its own, and so reach itself.
 */
async function findFreePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + randomInt(12_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** Resolves when a connection is accepted. A connection without a request makes no span. */
async function listening(port: number, endedWith: () => string | undefined): Promise<void> {
  for (;;) {
    const output = endedWith();
    if (output !== undefined) throw new Error(`it has ended:\n${output}`);
    const socket = connect(port, '127.0.0.1');
    const isUp = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
