// docs/setup-order.md: which ways to load a file .env are early enough. Real processes, from source.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const cwd = join(__dirname, 'dotenv');

/** The line of the settings in force that names the service. */
function serviceNameOf(args: readonly string[], env: NodeJS.ProcessEnv = {}): { line: string; stderr: string } {
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--conditions=@waymark/source', ...args], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env },
  });
  return { line: /^serviceName.*$/m.exec(stdout)?.[0] ?? `${stdout}${stderr}`, stderr };
}

const fromFile = /^serviceName +from-the-file {2}\(OTEL_SERVICE_NAME\)$/;

test('import "dotenv/config" above the others', () => {
  expect(serviceNameOf(['server.mjs']).line).toMatch(fromFile);
});

test("Node's own loader", () => {
  expect(serviceNameOf(['--env-file=.env', 'late.mjs'], { MAKES_TRACER: '1' }).line).toMatch(fromFile);
});

test('dotenv.config() where tracing() is called is early enough', () => {
  expect(serviceNameOf(['late.mjs']).line).toMatch(fromFile);
});

test('dotenv.config() after an imported file has made the tracer is too late, and reported', () => {
  const { line, stderr } = serviceNameOf(['late.mjs'], { MAKES_TRACER: '1' });
  expect(line).not.toMatch(fromFile);
  expect(stderr).toContain('OTEL_SERVICE_NAME');
});
