// What only a process of its own shows, since Jest has modules and errors of its own.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeWith } from '../../services/describe-with.ts';
import { type Setup, setUp, versions } from './traced-mysql2.ts';

const run = promisify(execFile);

describeWith('mariadb')('mysql2 in a process', () => {
  let setup: Setup;
  beforeAll(async () => {
    setup = await setUp();
  });
  afterAll(() => setup.stop());

  async function print(program: string, ...args: readonly string[]): Promise<string> {
    const env = { ...process.env, ACCOUNT: JSON.stringify(setup.account) };
    const { stdout } = await run(process.execPath, [join(__dirname, program), ...args], { env, timeout: 20_000 });
    return stdout;
  }

  describe.each(versions)('%s', (version) => {
    test.each(['query', 'execute'])(
      'does with an error of %s() that nothing listens for what it does untraced',
      async (method) => {
        const bare = await print('unheard.cjs', version, method, 'bare');
        expect(bare).toContain('ER_NO_SUCH_TABLE');
        expect(await print('unheard.cjs', version, method, 'traced')).toBe(bare);
      },
    );

    test.each(['callback', 'promise'])('is traced with nothing to write: %s API', async (entry) => {
      const means = version === 'mysql2' ? 'its own channel' : 'methods of its classes';
      const lines = ['first', 'second', 'third'].flatMap((name) => [
        `- ${name} `,
        `${name} SELECT users 1`,
        `${name} SELECT users 3`,
      ]);
      const printed = (await print('automatic.cjs', version, entry)).trimEnd().split('\n');
      expect(printed.slice(0, -1)).toEqual(lines.sort());
      expect(printed.at(-1)).toContain(`traced by ${means}`);
    });
  });
});
