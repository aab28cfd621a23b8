// docs/getting-started.md as its reader goes through it: `npx waymark -- node server.js`, a request, the trace in the terminal.
// All from source.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { readCodeBlocks } from './code-blocks.ts';
import { withoutNumbers } from './run-example.ts';

const root = join(__dirname, '../..');
const waymark = [
  '--require',
  'esbuild-register',
  '--conditions=@waymark/source',
  `${root}/packages/waymark/src/bin.ts`,
];

test.each(['express.js', 'fastify.js', 'nest.ts'])('%s prints the trace that the page shows', async (file) => {
  const port = await findFreePort();
  const server = [process.execPath, '--import', 'tsx', '--conditions=@waymark/source', file];
  const child = spawn(process.execPath, [...waymark, '--memory', '--port', '0', '--', ...server], {
    cwd: join(root, 'examples/getting-started'),
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: String(port), NO_COLOR: '1' },
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
    const response = await fetch(`http://127.0.0.1:${port}/users/7`);
    expect(await response.json()).toEqual({ name: 'Ada' });
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

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  server.close();
  await once(server, 'close');
  return port;
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
