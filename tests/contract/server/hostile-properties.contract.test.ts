// If an application replaces properties of request and response, tracing does no harm, and still reports the answer that was sent.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

describe.each([
  ['server express 4', 'express4'],
  ['server express 5.2', 'express52'],
  ['server express 5.3', 'express'],
  ['server fastify 4', 'fastify4'],
  ['server fastify 5', 'fastify'],
  ['server node:http', 'node:http'],
])('%s', (_title, name) => {
  test('serves and traces requests as usual if their properties are replaced', async () => {
    // In a separate process: uncaught errors are compared too.
    const script = require.resolve('./hostile-properties.ts');
    const args = ['--conditions=@waymark/source', '--require=esbuild-register', script, name];
    const env = { ...process.env, NODE_ENV: 'test' }; // Express is silent then
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: __dirname, env });
    const { good, differences } = JSON.parse(stdout);
    expect(differences).toEqual([]);
    expect(good).toBeGreaterThan(1000);
  });
});
