import { aiTelemetry, traceAi } from '@waymark/core/libraries';
import * as ai from 'ai6';
import { MockEmbeddingModelV3, MockLanguageModelV3, simulateReadableStream } from 'ai6/test';
import { z } from 'zod';
import { drawSpans } from '../draw-spans.ts';
import { startTracing } from '../models/model-spans.ts';

const usage = {
  inputTokens: { total: 11, noCache: 7, cacheRead: 4, cacheWrite: undefined },
  outputTokens: { total: 7, text: 5, reasoning: 2 },
};
const stop = { unified: 'stop' as const, raw: 'stop' };
const text = { finishReason: stop, usage, warnings: [], content: [{ type: 'text' as const, text: 'canary answer' }] };
const toolCall = { type: 'tool-call' as const, toolCallId: 'call_1', toolName: 'price', input: '{"item":"canary"}' };
const prompt = 'canary prompt';

const model = new MockLanguageModelV3({
  provider: 'anthropic.messages',
  modelId: 'claude-test',
  async doGenerate(options) {
    const hasResult = options.prompt.some(({ role }) => role === 'tool');
    if (options.tools === undefined || hasResult) return { ...text, response: { id: 'answer-1', modelId: 'model-1' } };
    return { ...text, finishReason: { unified: 'tool-calls', raw: 'tool_use' }, content: [toolCall] };
  },
  doStream: async () => ({
    stream: simulateReadableStream({
      initialDelayInMs: null,
      chunkDelayInMs: null,
      chunks: [
        { type: 'text-start', id: '1' },
        { type: 'text-delta', id: '1', delta: 'canary answer' },
        { type: 'text-end', id: '1' },
        { type: 'finish', finishReason: stop, usage },
      ],
    }),
  }),
});

test('calls with aiTelemetry() have the spans of the conventions, without contents', async () => {
  const { tracer, exporter, attributes } = startTracing();
  const price = ai.tool({
    inputSchema: z.object({ item: z.string() }),
    execute: async () => tracer.withSpan('lookup', () => 'canary'),
  });
  const failing = new MockLanguageModelV3({
    modelId: 'failing',
    doGenerate: async () => {
      throw new RangeError('canary');
    },
  });
  await tracer.withSpan('agent', () =>
    ai.generateText({
      model,
      prompt,
      tools: { price },
      temperature: 0.5,
      stopWhen: ai.stepCountIs(3),
      experimental_telemetry: aiTelemetry({ functionId: 'seller' }),
    }),
  );
  await tracer.withSpan('stream', async () => {
    const { textStream } = ai.streamText({ model, prompt, experimental_telemetry: aiTelemetry() });
    for await (const _ of textStream) tracer.withSpan('part', () => {});
  });
  await tracer.withSpan('failure', () =>
    ai
      .generateText({ model: failing, prompt, maxRetries: 0, experimental_telemetry: aiTelemetry() })
      .catch(() => undefined),
  );
  await tracer.withSpan('embed', async () => {
    const embedding = new MockEmbeddingModelV3({
      modelId: 'embed',
      doEmbed: async ({ values }) => ({ embeddings: values.map(() => [1]), usage: { tokens: 3 }, warnings: [] }),
    });
    await ai.embed({ model: embedding, value: prompt, experimental_telemetry: aiTelemetry() });
    await ai.embedMany({ model: embedding, values: [prompt, prompt], experimental_telemetry: aiTelemetry() });
  });
  expect(drawSpans(exporter.spans)).toEqual([
    'agent',
    '  invoke_agent seller',
    '    chat claude-test',
    '    execute_tool price',
    '      lookup',
    '    chat claude-test',
    'stream',
    '  invoke_agent',
    '    chat claude-test',
    '  part',
    'failure',
    '  invoke_agent ! RangeError',
    '    chat failing ! RangeError',
    'embed',
    '  embeddings embed',
    '  embeddings embed',
  ]);
  expect(exporter.spans.filter(({ name }) => name === 'chat claude-test')[1]?.attributes).toEqual({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'anthropic',
    'gen_ai.request.model': 'claude-test',
    'gen_ai.request.temperature': 0.5,
    'gen_ai.response.id': 'answer-1',
    'gen_ai.response.model': 'model-1',
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.usage.input_tokens': 11,
    'gen_ai.usage.output_tokens': 7,
    'gen_ai.usage.cache_read.input_tokens': 4,
    'gen_ai.usage.reasoning.output_tokens': 2,
  });
  expect(attributes('execute_tool price')).toEqual({
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'price',
    'gen_ai.tool.type': 'function',
    'gen_ai.tool.call.id': 'call_1',
  });
  expect(attributes('embeddings embed')).toMatchObject({ 'gen_ai.usage.input_tokens': 3 });
  expect(JSON.stringify(exporter.spans)).not.toContain('canary');
});

test('contents are recorded if they are asked for', async () => {
  const { tracer, attributes } = startTracing({ ai: { contents: true } });
  await tracer.withSpan('a', () => ai.generateText({ model, prompt, experimental_telemetry: aiTelemetry() }));
  expect(JSON.parse(attributes('chat claude-test')['gen_ai.input.messages'] as string)).toEqual([
    { role: 'user', parts: [{ type: 'text', content: 'canary prompt' }] },
  ]);
  expect(JSON.parse(attributes('chat claude-test')['gen_ai.output.messages'] as string)).toEqual([
    { role: 'assistant', parts: [{ type: 'text', content: 'canary answer' }] },
  ]);
});

test('calls without a parent, and those of a library that is turned off, work and have no spans', async () => {
  const { tracer, exporter } = startTracing({ ai: false });
  const ask = () => ai.generateText({ model, prompt, experimental_telemetry: aiTelemetry() });
  expect((await ask()).text).toBe('canary answer');
  await tracer.withSpan('a', ask);
  expect(drawSpans(exporter.spans)).toEqual(['a']);
});

test('traceAi() takes version 7 only', () => {
  expect(() => traceAi(ai)).toThrow('traceAi(ai) takes the exports of ai 7 and later');
});
