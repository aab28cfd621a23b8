// Calls of the AI SDK 7, which is an ES module: it is loaded before the tracer is set up. Prints the spans as JSON.
import { createServer } from 'node:http';
import { embed, embedMany, generateText, isStepCount, rerank, streamText, ToolLoopAgent, tool } from 'ai';
import { MockEmbeddingModelV4, MockLanguageModelV4, MockRerankingModelV4 } from 'ai/test';
import { z } from 'zod';
import { tracingOf } from './tracing-of.mjs';

const { exporter, tracer } = tracingOf(JSON.parse(process.argv[2] ?? 'true'));
globalThis.AI_SDK_LOG_WARNINGS = false;

const server = createServer((request, response) => {
  request.resume();
  response.end('{}');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}`;

const usage = {
  inputTokens: { total: 11, noCache: 7, cacheRead: 4, cacheWrite: undefined },
  outputTokens: { total: 7, text: 5, reasoning: 2 },
};
const stop = { unified: 'stop', raw: 'stop' };
const text = { finishReason: stop, usage, warnings: [], content: [{ type: 'text', text: 'canary answer' }] };
const toolCall = { type: 'tool-call', toolCallId: 'call_1', toolName: 'price', input: '{"item":"canary"}' };
const parts = [
  { type: 'stream-start', warnings: [] },
  { type: 'response-metadata', id: 'answer-2', modelId: 'model-2' },
  { type: 'text-start', id: '1' },
  { type: 'text-delta', id: '1', delta: 'canary ' },
  { type: 'text-delta', id: '1', delta: 'answer' },
  { type: 'text-end', id: '1' },
  { type: 'finish', finishReason: stop, usage },
];

function streamOf(given, fails) {
  const left = [...given];
  return new ReadableStream({
    pull(controller) {
      const part = left.shift();
      if (part !== undefined) controller.enqueue(part);
      else if (fails) controller.error(new Error('canary'));
      else controller.close();
    },
  });
}

const model = new MockLanguageModelV4({
  provider: 'openai.chat',
  modelId: 'gpt-test',
  async doGenerate({ prompt, tools }) {
    await (await fetch(url, { method: 'POST' })).text();
    const hasResult = prompt.some(({ role }) => role === 'tool');
    if (tools === undefined || hasResult) return { ...text, response: { id: 'answer-1', modelId: 'model-1' } };
    return { ...text, finishReason: { unified: 'tool-calls', raw: 'tool_calls' }, content: [toolCall] };
  },
  async doStream() {
    await (await fetch(url, { method: 'POST' })).text();
    return { stream: streamOf(parts, false) };
  },
});
const failing = new MockLanguageModelV4({
  modelId: 'failing',
  doGenerate: async () => {
    throw new Error('canary');
  },
  doStream: async () => ({ stream: streamOf(parts.slice(0, 4), true) }),
});
const price = tool({
  inputSchema: z.object({ item: z.string() }),
  execute: async ({ item }) => {
    tracer.withSpan('lookup', () => {});
    if (item === 'fail') throw new TypeError('canary');
    return `7 for ${item}`;
  },
});
const prompt = 'canary prompt';

const request = (name, fn) => tracer.withSpan(name, fn);
await request('text', () => generateText({ model, prompt, temperature: 0.5, maxOutputTokens: 9 }));
await request('agent', async () => {
  const agent = new ToolLoopAgent({
    model,
    instructions: 'canary',
    tools: { price },
    telemetry: { functionId: 'seller' },
  });
  await agent.generate({ prompt });
});
await request('tool fails', async () => {
  const bad = { ...toolCall, input: '{"item":"fail"}' };
  const once = new MockLanguageModelV4({ modelId: 'once', doGenerate: async () => ({ ...text, content: [bad] }) });
  await generateText({ model: once, prompt, tools: { price }, stopWhen: isStepCount(1) });
});
await request('stream', async () => {
  let answer = '';
  for await (const part of streamText({ model, prompt }).textStream) {
    tracer.withSpan('part', () => {});
    answer += part;
  }
  if (answer !== 'canary answer') throw new Error(answer);
});
await request('error', () => generateText({ model: failing, prompt, maxRetries: 0 }).catch(() => {}));
await request('stream fails', async () => {
  const result = streamText({ model: failing, prompt, onError() {} });
  try {
    for await (const _ of result.textStream);
    await result.usage;
  } catch {
    // it has failed
  }
});
await request('embed', async () => {
  const doEmbed = async ({ values }) => ({ embeddings: values.map(() => [1, 2]), usage: { tokens: 3 }, warnings: [] });
  const embedding = new MockEmbeddingModelV4({ modelId: 'embed', maxEmbeddingsPerCall: 2, doEmbed });
  await embed({ model: embedding, value: prompt });
  await embedMany({ model: embedding, values: [prompt, prompt, prompt] });
  const doRerank = async () => ({ ranking: [{ index: 0, relevanceScore: 1 }], warnings: [] });
  await rerank({ model: new MockRerankingModelV4({ modelId: 'rank', doRerank }), documents: [prompt], query: prompt });
});
await request('not wanted', () => generateText({ model, prompt, telemetry: { isEnabled: false } }));
await Promise.all(
  Array.from({ length: 50 }, (_, index) =>
    request(`at once ${index}`, async () => {
      const one = new MockLanguageModelV4({ modelId: `m${index}`, doGenerate: async () => text });
      await generateText({ model: one, prompt });
    }),
  ),
);
await generateText({ model, prompt }); // outside any span
await new Promise(setImmediate);
const names = () => exporter.spans.map(({ name, status }) => `${name} ${status.code}`);
const deadline = Date.now() + 10_000;
// The SDK does not say that a stream has failed if nothing but its text is read. It needs --expose-gc.
while (!names().includes('invoke_agent error') || names().filter((name) => name === 'invoke_agent error').length < 2) {
  if (Date.now() > deadline) break;
  globalThis.gc();
  await new Promise(setImmediate);
}
server.closeAllConnections();
server.close();
console.log(JSON.stringify(exporter.spans));
