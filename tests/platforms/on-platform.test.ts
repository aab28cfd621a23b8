import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(__dirname, '../..');

test('a marked test runs on its system, and is skipped on others with the reason in its title', () => {
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [jest, '--json', '--testMatch', '**/tests/platforms/marked-tests.ts'],
    { cwd: root, encoding: 'utf8' },
  );
  if (stdout === '') throw new Error(stderr);
  const [file] = JSON.parse(stdout).testResults as [{ assertionResults: { fullName: string; status: string }[] }];
  expect(file.assertionResults.map(({ fullName, status }) => `${status}: ${fullName}`)).toEqual([
    'pending: a signal (skipped: needs signals, not on win32)',
    'passed: a signal',
    'passed: a signal',
    'pending: memory (skipped: needs /proc, not on darwin)',
    'passed: memory',
    'pending: link one (skipped: needs links, not on win32)',
    'pending: link two (skipped: needs links, not on win32)',
    'passed: link one',
    'passed: link two',
    'pending: a mount (skipped: needs root)',
    'pending: containers (skipped: needs namespaces, not on win32) have one owner',
    'pending: SIGTERM (skipped: needs signals, not on win32) ends a process',
    'passed: SIGINT ends a process',
  ]);
});
