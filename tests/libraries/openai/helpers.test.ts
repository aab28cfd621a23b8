// What OpenAI's SDK builds on its calls: responses, helpers for streams and formats, tools that it calls, other servers.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { traceOpenai } from '@waymark/core/libraries';
import { drawSpans } from '../draw-spans.ts';
import type { FakeProvider } from '../models/fake-provider.ts';
import { startTracing, type Traced } from '../models/model-spans.ts';
import { startFakeOpenai } from './fake-openai.ts';

// biome-ignore lint/suspicious/noExplicitAny: each version has types of its own
type Any = any;

const messages = [{ role: 'user', content: 'canary prompt' }];

describe.each(['openai4', 'openai6', 'openai'])('%s', (name) => {
  const sdk = require(name) as Any;
  let server: FakeProvider;
  let client: Any;
  let traced: Traced;

  beforeAll(async () => {
    server = await startFakeOpenai();
    traceOpenai(sdk.OpenAI);
    client = new sdk.OpenAI({ apiKey: 'k', baseURL: server.url, maxRetries: 0 });
  });
  beforeEach(() => {
    traced = startTracing();
  });
  afterAll(() => server.close());

  const withoutHttp = () => drawSpans(traced.exporter.spans).filter((line) => !line.includes('POST'));
  const hasNoContents = () => expect(JSON.stringify(traced.exporter.spans)).not.toContain('canary');

  test('responses have spans, streamed and not', async () => {
    await traced.tracer.withSpan('a', async () => {
      const request = { model: 'gpt-test', input: 'canary prompt', instructions: 'canary', max_output_tokens: 9 };
      const response = await client.responses.create({ ...request, conversation: 'conv_1' });
      expect(response.output_text).toBe('canary answer');
      const stream = await client.responses.create({ ...request, stream: true });
      const types: string[] = [];
      for await (const event of stream) types.push(event.type);
      expect(types.at(-1)).toBe('response.completed');
    });
    expect(withoutHttp()).toEqual(['a', '  chat gpt-test', '  chat gpt-test']);
    expect(traced.attributes('chat gpt-test')).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': '_OTHER',
      'server.address': '127.0.0.1',
      'openai.api.type': 'responses',
      'gen_ai.request.model': 'gpt-test',
      'gen_ai.request.max_tokens': 9,
      'gen_ai.conversation.id': 'conv_1',
      'gen_ai.response.id': 'resp_1',
      'gen_ai.response.model': 'gpt-test-2026-01-01',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 11,
      'gen_ai.usage.output_tokens': 7,
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.usage.reasoning.output_tokens': 2,
    });
    expect(traced.exporter.spans.filter((span) => span.name.startsWith('chat'))[1]?.attributes).toMatchObject({
      'gen_ai.request.stream': true,
      'gen_ai.usage.output_tokens': 7,
      'gen_ai.response.time_to_first_chunk': expect.any(Number),
    });
    hasNoContents();
  });

  test('a response that says that it has failed fails its span', async () => {
    await traced.tracer.withSpan('a', async () => {
      expect((await client.responses.create({ model: 'fails-late', input: 'x' })).status).toBe('failed');
      for await (const _ of await client.responses.create({ model: 'fails-late', input: 'x', stream: true }));
    });
    expect(withoutHttp()).toEqual(['a', '  chat fails-late ! server_error', '  chat fails-late ! server_error']);
    hasNoContents();
  });

  test('helpers for formats and streams have the span of their call', async () => {
    await traced.tracer.withSpan('a', async () => {
      const { completions } = name === 'openai4' ? client.beta.chat : client.chat;
      const format = {
        type: 'json_schema',
        json_schema: { name: 'answer', schema: { type: 'object' }, strict: true },
      };
      const parsed = await completions.parse({ model: 'json', messages, response_format: format });
      expect(parsed.choices[0].message.content).toBe('{"answer":"canary"}');
      const runner = completions.stream({ model: 'streamed', messages });
      expect(await runner.finalContent()).toBe('canary answer');
      const final = await client.responses.stream({ model: 'response', input: 'canary prompt' }).finalResponse();
      expect(final.id).toBe('resp_1');
    });
    expect(withoutHttp()).toEqual(['a', '  chat json', '  chat streamed', '  chat response']);
    expect(traced.attributes('chat json')).toMatchObject({ 'gen_ai.output.type': 'json' });
    expect(traced.attributes('chat streamed')).toMatchObject({ 'gen_ai.response.finish_reasons': ['stop'] });
    hasNoContents();
  });

  test('a tool that the SDK calls has a span, and what it does is below', async () => {
    const tool = {
      type: 'function',
      function: {
        name: 'price',
        description: 'canary',
        parameters: { type: 'object', properties: { item: { type: 'string' } } },
        parse: JSON.parse,
        function: async ({ item }: { item: string }) => {
          traced.tracer.withSpan('lookup', () => {});
          return `7 for ${item}`;
        },
      },
    };
    const given = { model: 'calls-tools', messages, tools: [Object.freeze(tool)] };
    await traced.tracer.withSpan('a', async () => {
      const { completions } = name === 'openai4' ? client.beta.chat : client.chat;
      expect(await completions.runTools(Object.freeze(given)).finalContent()).toBe('canary answer');
    });
    expect(withoutHttp()).toEqual([
      'a',
      '  chat calls-tools',
      '  execute_tool price',
      '    lookup',
      '  chat calls-tools',
    ]);
    expect(traced.find('execute_tool price').attributes).toEqual({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'price',
      'gen_ai.tool.type': 'function',
    });
    expect(traced.attributes('chat calls-tools')['gen_ai.response.finish_reasons']).toEqual(['tool_calls']);
    hasNoContents();
  });

  test('contents are recorded if they are asked for, in code or by the variable, up to their limit', async () => {
    const variable = { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true' };
    for (const set of [
      () => startTracing({ openai: { contents: true } }),
      () => startTracing(true, variable),
      () => startTracing({}, variable),
      () => startTracing(['openai'], { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'SPAN_ONLY' }),
    ]) {
      traced = set();
      await traced.tracer.withSpan('a', async () => {
        const long = { role: 'user', content: 'x'.repeat(100_000) };
        const system = { role: 'system', content: 'be brief' };
        await client.chat.completions.create({ model: 'whole', messages: [system, ...messages, long] });
        for await (const _ of await client.chat.completions.create({ model: 'parts', messages, stream: true }));
      });
      const whole = traced.attributes('chat whole');
      expect(JSON.parse(whole['gen_ai.system_instructions'] as string)).toEqual([
        { type: 'text', content: 'be brief' },
      ]);
      const input = whole['gen_ai.input.messages'] as string;
      expect(input.length).toBeLessThan(17_000);
      expect(JSON.parse(input)[0]).toEqual({ role: 'user', parts: [{ type: 'text', content: 'canary prompt' }] });
      const output = [
        { role: 'assistant', parts: [{ type: 'text', content: 'canary answer' }], finish_reason: 'stop' },
      ];
      expect(JSON.parse(whole['gen_ai.output.messages'] as string)).toEqual(output);
      expect(JSON.parse(traced.attributes('chat parts')['gen_ai.output.messages'] as string)).toEqual(output);
    }
    traced = startTracing({ openai: { contents: false } }, variable);
    await traced.tracer.withSpan('a', () => client.chat.completions.create({ model: 'whole', messages }));
    hasNoContents();
  });

  test('the provider is that of the server, or of the class of the client', async () => {
    const provider = (one: Any) => async () => {
      await one.chat.completions.create({ model: 'm', messages }).catch(() => undefined);
    };
    const fetch = async () =>
      new Response('{"error":{}}', { status: 400, headers: { 'content-type': 'application/json' } });
    const hosts = {
      'https://api.openai.com/v1': 'openai',
      'https://eu.api.openai.com/v1': 'openai',
      'https://api.deepseek.com': 'deepseek',
      'https://generativelanguage.googleapis.com/v1beta/openai/': 'gcp.gemini',
      'https://openai.example.com': '_OTHER',
      'https://notapi.openai.com.example.com': '_OTHER',
    };
    await traced.tracer.withSpan('a', async () => {
      for (const baseURL of Object.keys(hosts)) {
        await provider(new sdk.OpenAI({ apiKey: 'k', baseURL, fetch, maxRetries: 0 }))();
      }
      const azure = { apiKey: 'k', endpoint: server.url, apiVersion: '2024-10-21', maxRetries: 0 };
      await provider(new sdk.AzureOpenAI(azure))();
    });
    const calls = traced.exporter.spans.filter((span) => span.name === 'chat m');
    expect(calls.map((span) => span.attributes['gen_ai.provider.name'])).toEqual([
      ...Object.values(hosts),
      'azure.ai.openai',
    ]);
    expect(calls[0]?.attributes).toMatchObject({ 'server.address': 'api.openai.com', 'server.port': 443 });
  });
});

test('a stream that is never read, and a promise that is dropped, end their spans and keep nothing', () => {
  expect(runProgram('unread.cjs', '--expose-gc')).toEqual(['chat read', 'chat unread', 'chat dropped', 'empty']);
});

test('a rejection that is not handled is reported as without tracing, once', () => {
  const reported = ['unhandled BadRequestError', 'spans chat a,chat b,chat c,chat d'];
  expect(runProgram('unhandled.cjs')).toEqual(reported);
});

function runProgram(file: string, ...flags: string[]): string[] {
  const output = execFileSync(process.execPath, [...flags, join(__dirname, 'programs', file)], {
    encoding: 'utf8',
    timeout: 30_000,
    env: { PATH: process.env.PATH },
  });
  return output.trim().split('\n');
}

test('what is not the SDK is refused', () => {
  expect(() => traceOpenai({ create() {} })).toThrow(
    'traceOpenai(OpenAI) takes the class OpenAI or the exports of openai',
  );
});
