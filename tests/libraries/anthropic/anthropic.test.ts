import { traceAnthropic } from '@waymark/core/libraries';
import { drawSpans } from '../draw-spans.ts';
import { answerJson, closed, type FakeProvider, startFakeProvider, writeEvents } from '../models/fake-provider.ts';
import { startTracing, type Traced } from '../models/model-spans.ts';

// biome-ignore lint/suspicious/noExplicitAny: each version has types of its own
type Any = any;

const usage = { input_tokens: 5, cache_read_input_tokens: 4, cache_creation_input_tokens: 2, output_tokens: 7 };
const text = { type: 'text', text: 'canary answer' };

function startFakeAnthropic(): Promise<FakeProvider> {
  let refusals = 0;
  return startFakeProvider(({ path, body }, response) => {
    const { model, stream, messages } = body;
    if (path.includes('count_tokens')) return answerJson(response, { input_tokens: 9 });
    if (model === 'busy' && refusals++ < 2) {
      const type = refusals === 1 ? 'rate_limit_error' : 'overloaded_error';
      const error = { type: 'error', error: { type, message: 'canary' } };
      return answerJson(response, error, refusals === 1 ? 429 : 529, { 'retry-after-ms': '1' });
    }
    if (model === 'refused') {
      const error = { type: 'invalid_request_error', message: `no ${JSON.stringify(messages)}` };
      return answerJson(response, { type: 'error', error }, 400);
    }
    const calls = model === 'calls-tools' && !JSON.stringify(messages).includes('tool_result');
    const toolUse = { type: 'tool_use', id: 'toolu_1', name: 'price', input: { item: 'canary' } };
    const head = { id: 'msg_1', type: 'message', role: 'assistant', model: `${model}-2026`, stop_sequence: null };
    const reason = calls ? 'tool_use' : 'end_turn';
    const message = { ...head, content: [calls ? toolUse : text], stop_reason: reason, usage };
    if (!stream) return answerJson(response, message);
    const started = { ...head, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
    writeEvents(response, [
      { type: 'message_start', message: started },
      { type: 'content_block_start', index: 0, content_block: { ...text, text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'canary answer' } },
    ]);
    if (model === 'hangs') return closed(response);
    if (model === 'cut') return void response.write('\n', () => setImmediate(() => response.destroy()));
    writeEvents(response, [
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: reason, stop_sequence: null }, usage: { output_tokens: 7 } },
      { type: 'message_stop' },
    ]);
    response.end();
  });
}

const messages = [{ role: 'user', content: 'canary prompt' }];

describe.each(['anthropic39', 'anthropic99', '@anthropic-ai/sdk'])('%s', (name) => {
  const sdk = require(name) as Any;
  let server: FakeProvider;
  let client: Any;
  let traced: Traced;

  beforeAll(async () => {
    server = await startFakeAnthropic();
    traceAnthropic(sdk);
    client = new sdk.Anthropic({ apiKey: 'k', baseURL: server.url });
  });
  beforeEach(() => {
    traced = startTracing();
  });
  afterAll(() => server.close());

  const ask = (options: object = {}) =>
    client.messages.create({ model: 'claude-test', max_tokens: 100, messages, ...options });
  const hasNoContents = () => expect(JSON.stringify(traced.exporter.spans)).not.toContain('canary');

  test('a message has a span, with the requests of HTTP below', async () => {
    await traced.tracer.withSpan('a', async () => {
      const promise = ask({ temperature: 0.5, top_k: 3, top_p: 0.9, stop_sequences: ['END'], system: 'canary' });
      expect(promise.constructor.name).toBe('APIPromise');
      const { data, response } = await promise.withResponse();
      expect([data.id, response.status]).toEqual(['msg_1', 200]);
      await ask({ model: 'busy' });
      await client.messages.countTokens({ model: 'claude-test', messages });
    });
    expect(drawSpans(traced.exporter.spans)).toEqual([
      'a',
      '  chat claude-test',
      '    POST',
      '  chat busy',
      '    POST ! 429',
      '    POST ! 529',
      '    POST',
      '  count_tokens claude-test',
      '    POST',
    ]);
    expect(traced.attributes('chat claude-test')).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'anthropic',
      'server.address': '127.0.0.1',
      'gen_ai.request.model': 'claude-test',
      'gen_ai.request.temperature': 0.5,
      'gen_ai.request.top_p': 0.9,
      'gen_ai.request.top_k': 3,
      'gen_ai.request.max_tokens': 100,
      'gen_ai.request.stop_sequences': ['END'],
      'gen_ai.response.id': 'msg_1',
      'gen_ai.response.model': 'claude-test-2026',
      'gen_ai.response.finish_reasons': ['end_turn'],
      'gen_ai.usage.input_tokens': 11,
      'gen_ai.usage.output_tokens': 7,
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.usage.cache_creation.input_tokens': 2,
    });
    expect(traced.attributes('count_tokens claude-test')['gen_ai.usage.input_tokens']).toBe(9);
    hasNoContents();
  });

  test('a stream has one span, by create() and by the helper', async () => {
    await traced.tracer.withSpan('a', async () => {
      for await (const _ of await ask({ stream: true }));
      const helper = client.messages.stream({ model: 'helped', max_tokens: 9, messages });
      const events: string[] = [];
      helper.on('text', () => events.push('text'));
      expect((await helper.finalMessage()).content).toEqual([expect.objectContaining(text)]);
      expect(events).toEqual(['text']);
      for await (const _ of await client.beta.messages.create({
        model: 'beta',
        max_tokens: 9,
        messages,
        stream: true,
      }));
    });
    const lines = drawSpans(traced.exporter.spans).filter((line) => !line.includes('POST'));
    expect(lines).toEqual(['a', '  chat claude-test', '  chat helped', '  chat beta']);
    for (const span of ['chat claude-test', 'chat helped', 'chat beta']) {
      expect(traced.find(span).attributes).toMatchObject({
        'gen_ai.request.stream': true,
        'gen_ai.response.id': 'msg_1',
        'gen_ai.response.finish_reasons': ['end_turn'],
        'gen_ai.response.time_to_first_chunk': expect.any(Number),
        'gen_ai.usage.input_tokens': 11,
        'gen_ai.usage.output_tokens': 7,
      });
    }
    hasNoContents();
  });

  test('a call that fails, is cut, left or aborted ends its span', async () => {
    await traced.tracer.withSpan('a', async () => {
      await expect(ask({ model: 'refused' })).rejects.toThrow('canary prompt');
      const cut = async () => {
        for await (const _ of await ask({ model: 'cut', stream: true }));
      };
      await expect(cut()).rejects.toThrow();
      for await (const _ of await ask({ model: 'hangs', stream: true })) break;
      const helper = client.messages.stream({ model: 'hangs', max_tokens: 9, messages });
      helper.on('text', () => helper.abort());
      await expect(helper.finalMessage()).rejects.toBeInstanceOf(sdk.Anthropic.APIUserAbortError);
    });
    const failures = traced.exporter.spans
      .filter((span) => span.name.startsWith('chat'))
      .map((span) => [
        span.name,
        span.attributes['error.type'] !== undefined,
        span.attributes['gen_ai.usage.input_tokens'],
      ]);
    expect(failures).toEqual([
      ['chat refused', true, undefined],
      ['chat cut', true, 11],
      ['chat hangs', false, 11],
      ['chat hangs', true, 11],
    ]);
    expect(traced.find('chat refused').status.message).toBe('400 invalid_request_error');
    hasNoContents();
  });

  test('50 calls at once have each its own parent', async () => {
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        traced.tracer.withSpan(`request ${index}`, () => ask({ model: `m${index}` })),
      ),
    );
    for (let index = 0; index < 50; index++) {
      expect(traced.find(`chat m${index}`).parentSpanId).toBe(traced.find(`request ${index}`).spanId);
    }
  });

  test('contents are recorded if they are asked for', async () => {
    traced = startTracing({ anthropic: { contents: true } });
    await traced.tracer.withSpan('a', async () => {
      await ask({ system: 'canary instructions' });
      for await (const _ of await ask({ model: 'streamed', stream: true }));
    });
    const { attributes } = traced.find('chat claude-test');
    const output = [
      { role: 'assistant', parts: [{ type: 'text', content: 'canary answer' }], finish_reason: 'end_turn' },
    ];
    expect(JSON.parse(attributes['gen_ai.system_instructions'] as string)).toEqual([
      { type: 'text', content: 'canary instructions' },
    ]);
    expect(JSON.parse(attributes['gen_ai.input.messages'] as string)).toEqual([
      { role: 'user', parts: [{ type: 'text', content: 'canary prompt' }] },
    ]);
    expect(JSON.parse(attributes['gen_ai.output.messages'] as string)).toEqual(output);
    const streamed = traced.find('chat streamed').attributes['gen_ai.output.messages'];
    expect(JSON.parse(streamed as string)).toEqual(output);
  });

  if (name === 'anthropic39') return; // it has no runner

  test('a tool that the SDK calls has a span', async () => {
    const tool = {
      name: 'price',
      input_schema: { type: 'object' },
      run: async ({ item }: { item: string }) => traced.tracer.withSpan('lookup', () => `7 for ${item}`),
    };
    await traced.tracer.withSpan('a', async () => {
      const params = { model: 'calls-tools', max_tokens: 9, messages: [...messages], tools: [Object.freeze(tool)] };
      const answer = await client.beta.messages.toolRunner(params);
      expect(answer.content).toEqual([expect.objectContaining(text)]);
    });
    expect(drawSpans(traced.exporter.spans).filter((line) => !line.includes('POST'))).toEqual([
      'a',
      '  chat calls-tools',
      '  execute_tool price',
      '    lookup',
      '  chat calls-tools',
    ]);
    hasNoContents();
  });
});

test('what is not the SDK is refused', () => {
  expect(() => traceAnthropic({})).toThrow('traceAnthropic(Anthropic) takes the class Anthropic or the exports of');
});
