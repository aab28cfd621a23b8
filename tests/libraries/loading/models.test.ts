// How the SDKs of language models are found, on each Node. The programs use the packages as built.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNode } from '../../matrix/node-binaries.ts';

const root = join(__dirname, '../../..');
// Inside the package that has the libraries, so that they resolve.
const folder = mkdtempSync(join(root, 'tests/libraries/node_modules/loading-models-'));

beforeAll(() => {
  const build = "(await import('./scripts/setup.mjs')).buildPackages()";
  execFileSync(process.execPath, ['--input-type=module', '--eval', build], { cwd: root, stdio: 'ignore' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;

function run(node: number, extension: 'cjs' | 'mjs', source: string, imports: readonly string[] = []): string[] {
  const file = join(folder, `${count++}.${extension}`);
  writeFileSync(file, source);
  const output = execFileSync(findNode(node), [...imports.map((path) => `--import=${path}`), file], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none' },
  });
  return output.split('\n').filter((line) => line !== '');
}

const print = `
  for (const line of getTracer().describeSettings().split('\\n')) {
    if (/^libraries\\./.test(line)) console.log(line.replace(/ +/g, ' ').replace(/ \\(.*/, ''));
  }
`;

const found = (names: readonly string[]) => names.map((name) => `libraries.${name} traced by methods of its classes`);

test.each([20, 22, 24, 26])('CommonJS modules are found, loaded before and afterwards, on Node %i', (node) => {
  const before = `
    require('openai6'); require('@anthropic-ai/sdk'); require('@modelcontextprotocol/sdk/client/index.js');
    const { getTracer } = require('@waymark/core');
    getTracer();
    ${print}
  `;
  expect(run(node, 'cjs', before).sort()).toEqual(found(['anthropic', 'mcp', 'openai']));
  const afterwards = `
    const { getTracer } = require('@waymark/core');
    getTracer();
    require('openai4'); require('anthropic99'); require('@modelcontextprotocol/server');
    setImmediate(() => setImmediate(() => { ${print} }));
  `;
  expect(run(node, 'cjs', afterwards).sort()).toEqual(found(['anthropic', 'mcp', 'openai']));
});

test.each([22, 24, 26])('ES modules are found after --import, on Node %i', (node) => {
  const tracing = join(folder, `tracing-${node}.mjs`);
  writeFileSync(tracing, "import { getTracer } from '@waymark/core'; getTracer();");
  const source = `
    import { getTracer } from '@waymark/core';
    import 'openai6';
    import '@anthropic-ai/sdk';
    import '@modelcontextprotocol/client';
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    ${print}
  `;
  expect(run(node, 'mjs', source, [tracing]).sort()).toEqual(found(['anthropic', 'mcp', 'openai']));
});

test('ES modules that were loaded before are traced by a line', () => {
  const source = `
    import { getTracer } from '@waymark/core';
    import { traceAnthropic, traceMcp, traceOpenai } from '@waymark/core/libraries';
    import OpenAI from 'openai6';
    import * as anthropic from '@anthropic-ai/sdk';
    import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
    getTracer();
    traceOpenai(OpenAI);
    traceAnthropic(anthropic);
    traceMcp(new McpServer({ name: 'a', version: '1.0.0' }));
    ${print}
  `;
  expect(run(20, 'mjs', source).sort()).toEqual(found(['anthropic', 'mcp', 'openai']));
});

test('the AI SDK 6 is found, and the line that traces it is named', () => {
  const source = `
    require('ai6');
    const { getTracer } = require('@waymark/core');
    console.log(getTracer().describeSettings().split('\\n').find((line) => line.startsWith('libraries.ai')));
  `;
  expect(run(20, 'cjs', source)).toEqual([expect.stringMatching(/not traced: .*aiTelemetry\(\)/)]);
});
