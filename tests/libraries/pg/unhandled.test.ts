import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describeWith } from '../../services/describe-with.ts';
import { startPostgres } from '../../services/postgres.ts';

describeWith('postgres')('a rejection of pg that the application does not handle', () => {
  test('is reported by Node, and its span has failed', async () => {
    const service = await startPostgres();
    const node = ['--require=esbuild-register', '--conditions=@waymark/source', join(__dirname, 'unhandled.cjs')];
    const printed = execFileSync(process.execPath, [...node, service.url], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await service.stop();
    const [reported, [request, ...calls]] = JSON.parse(printed) as [string[], string[]];
    expect(reported).toEqual([
      'ECONNREFUSED',
      'ECONNREFUSED',
      'ECONNREFUSED',
      'relation "absent" does not exist',
      'relation "missing" does not exist',
    ]);
    expect(request).toBe('request');
    // The request ends at once. What gets its connection afterwards is in traces with a link to it.
    expect([...calls].sort()).toEqual([
      '  SELECT ! ECONNREFUSED',
      '  connect shop ! ECONNREFUSED',
      '  connect shop ! ECONNREFUSED',
      'SELECT absent ! 42P01',
      'SELECT missing ! 42P01',
    ]);
  });
});
