// A process of its own, since Jest has its own listener for rejections that are not handled.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

test.each(['plain', 'traced'])('Node reports what a listener of the engine throws: %s', async (how) => {
  const program = join(__dirname, 'throwing-listener.cjs');
  const args = ['--conditions=@waymark/source', '-r', require.resolve('esbuild-register'), program, how];
  const { stdout } = await run(process.execPath, args, { timeout: 20_000 });
  expect(stdout).toBe('unhandled: out of stock\n');
});
