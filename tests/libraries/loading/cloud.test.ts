// The libraries of clouds and search engines are found by themselves, in CommonJS and in ES modules. The programs use the packages as built.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNode } from '../../matrix/node-binaries.ts';

const root = join(__dirname, '../../..');

// Inside the package that has the libraries, so that they resolve.
const folder = mkdtempSync(join(root, 'tests/libraries/node_modules/loading-cloud-'));

beforeAll(() => {
  const build = "(await import('./scripts/setup.mjs')).buildPackages()";
  execFileSync(process.execPath, ['--input-type=module', '--eval', build], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const packages = [
  '@aws-sdk/client-sqs',
  'aws-sqs-3300',
  'aws-sqs-3600',
  '@azure/storage-blob',
  'elasticsearch8',
  '@elastic/elasticsearch',
  '@opensearch-project/opensearch',
  '@clickhouse/client',
  'clickhouse10',
];

/** A line for each library: its name, and by which means it is traced. */
const print = `
  for (const line of getTracer().describeSettings().split('\\n')) {
    const [, name, means] = /^libraries\\.(\\S+) +(.*?) +\\(/.exec(line) ?? [];
    if (/^(aws-sdk|azure|elasticsearch|opensearch|clickhouse)$/.test(name)) console.log(name + ' ' + means);
  }
`;

function run(name: string, source: string, node: string): readonly string[] {
  const file = join(folder, name);
  writeFileSync(file, source);
  const output = execFileSync(node, [file], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'], // the AWS SDK warns on Node 20
    env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none' },
  });
  return [...new Set(output.split('\n').filter((line) => line !== ''))].sort();
}

const all = [
  'aws-sdk traced by methods of its classes',
  'azure traced by its hook for tracing',
  'clickhouse traced by methods of its classes',
  'elasticsearch traced by methods of its classes',
  'opensearch traced by methods of its classes',
];

test.each([20, 26])('what an ES module has imported before, on Node %i', (major) => {
  const imports = packages.map((name) => `import '${name}';`).join('\n');
  const source = `import { getTracer } from '@waymark/core';\n${imports}\ngetTracer();\n${print}`;
  expect(run(`before-${major}.mjs`, source, findNode(major))).toEqual(all);
});

test.each([24, 26])('what a script requires later, on Node %i', (major) => {
  const requires = packages.map((name) => `require('${name}');`).join('\n');
  const source = `const { getTracer } = require('@waymark/core'); getTracer(); ${requires} setImmediate(() => setImmediate(() => { ${print} }));`;
  expect(run(`later-${major}.cjs`, source, findNode(major))).toEqual(all);
});

test.each([22, 24, 26])('what an ES module imports later, on Node %i', (major) => {
  const imports = packages.map((name) => `await import('${name}');`).join('\n');
  const source = `import { getTracer } from '@waymark/core'; getTracer(); ${imports}
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));\n${print}`;
  expect(run(`imported-${major}.mjs`, source, findNode(major))).toEqual(all);
});
