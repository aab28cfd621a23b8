// The AI SDK 7 is an ES module for Node 22 and later, so a process runs it, with the packages as built.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { SpanData } from '@waymark/core/testing';
import { findNode } from '../../matrix/node-binaries.ts';
import { drawSpans } from '../draw-spans.ts';

const root = join(__dirname, '../../..');

beforeAll(() => {
  const build = "(await import('./scripts/setup.mjs')).buildPackages()";
  execFileSync(process.execPath, ['--input-type=module', '--eval', build], { cwd: root, stdio: 'ignore' });
});

function run(node: number, libraries: unknown): readonly SpanData[] {
  const program = join(__dirname, 'programs/calls.mjs');
  const output = execFileSync(findNode(node), ['--expose-gc', program, JSON.stringify(libraries)], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH: process.env.PATH },
  });
  return JSON.parse(output) as SpanData[];
}

test.each([22, 24, 26])('calls of the AI SDK have spans on Node %d, also if it was loaded before', (node) => {
  const spans = run(node, true);
  const lines = drawSpans(spans);
  const end = lines.findIndex((line) => line.startsWith('at once'));
  expect(lines.slice(0, end)).toEqual([
    'text',
    '  invoke_agent',
    '    chat gpt-test',
    '      POST',
    'agent',
    '  invoke_agent seller',
    '    chat gpt-test',
    '      POST',
    '    execute_tool price',
    '      lookup',
    '    chat gpt-test',
    '      POST',
    'tool fails',
    '  invoke_agent',
    '    chat once',
    '    execute_tool price ! TypeError',
    '      lookup',
    'stream',
    '  invoke_agent',
    '    chat gpt-test',
    '      POST',
    '  part',
    '  part',
    'error',
    '  invoke_agent ! Error',
    '    chat failing ! Error',
    'stream fails',
    '  invoke_agent ! Error',
    '    chat failing ! Error',
    'embed',
    '  embeddings embed',
    '  embeddings embed',
    '  rerank rank',
    'not wanted',
    '  POST',
  ]);
  for (let index = 0; index < 50; index++) {
    const place = lines.indexOf(`at once ${index}`);
    expect(lines.slice(place, place + 3)).toEqual([`at once ${index}`, '  invoke_agent', `    chat m${index}`]);
  }
  expect(lines.at(-1)).toBe('POST'); // of the call outside any span
  expect(JSON.stringify(spans)).not.toContain('canary');
  const chats = spans.filter(({ name }) => name === 'chat gpt-test');
  const usage = {
    'gen_ai.usage.input_tokens': 11,
    'gen_ai.usage.output_tokens': 7,
    'gen_ai.usage.cache_read.input_tokens': 4,
    'gen_ai.usage.reasoning.output_tokens': 2,
  };
  expect(chats[0]?.attributes).toEqual({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-test',
    'gen_ai.request.temperature': 0.5,
    'gen_ai.request.max_tokens': 9,
    'gen_ai.response.id': 'answer-1',
    'gen_ai.response.model': 'model-1',
    'gen_ai.response.finish_reasons': ['stop'],
    ...usage,
  });
  expect(chats.at(-1)?.attributes).toMatchObject({
    'gen_ai.request.stream': true,
    'gen_ai.response.id': 'answer-2',
    'gen_ai.response.time_to_first_chunk': expect.any(Number),
    ...usage,
  });
});

test('contents are recorded if they are asked for', () => {
  const spans = run(24, { ai: { contents: true } });
  const find = (name: string) => spans.find((span) => span.name === name)?.attributes ?? {};
  expect(JSON.parse(find('chat gpt-test')['gen_ai.input.messages'] as string)).toEqual([
    { role: 'user', parts: [{ type: 'text', content: 'canary prompt' }] },
  ]);
  expect(JSON.parse(find('chat gpt-test')['gen_ai.output.messages'] as string)).toEqual([
    { role: 'assistant', parts: [{ type: 'text', content: 'canary answer' }] },
  ]);
  expect(find('execute_tool price')).toMatchObject({
    'gen_ai.tool.call.arguments': '{"item":"canary"}',
    'gen_ai.tool.call.result': '"7 for canary"',
  });
  const streamed = spans.filter(({ name }) => name === 'chat gpt-test').at(-1);
  expect(streamed?.attributes['gen_ai.output.messages']).toContain('canary answer');
});

test('nothing is traced if it is turned off', () => {
  expect(run(24, { ai: false }).filter(({ name }) => /invoke_agent|chat/.test(name))).toEqual([]);
});
