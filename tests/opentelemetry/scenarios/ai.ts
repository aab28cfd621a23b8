// ai 6 with `experimental_telemetry`, and the model that it has for tests: text with a tool, a stream, and an error.
import type { Scenario } from '../scenario.ts';

const usage = {
  inputTokens: { total: 3, noCache: 3, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 5, text: 5, reasoning: undefined },
};
const stop = { unified: 'stop', raw: undefined };

export const scenario: Scenario = {
  varying: [
    'ai.response.avgOutputTokensPerSecond',
    'ai.response.id',
    'ai.response.msToFinish',
    'ai.response.msToFirstChunk',
    'ai.response.timestamp',
    'gen_ai.response.id',
  ],

  async run({ load, inRequest, mark }) {
    const { generateText, simulateReadableStream, stepCountIs, streamText, tool } = load('ai');
    const { MockLanguageModelV3 } = load('ai/test');
    const { z } = load('zod');
    const telemetry = { isEnabled: true, functionId: 'answer' };
    const answering = new MockLanguageModelV3({
      doGenerate: async ({ prompt }: { prompt: { role: string }[] }) => {
        mark('in model');
        const hasPrice = prompt.some(({ role }) => role === 'tool');
        return hasPrice
          ? { finishReason: stop, usage, warnings: [], content: [{ type: 'text', text: 'It costs 7.' }] }
          : {
              finishReason: { unified: 'tool-calls', raw: undefined },
              usage,
              warnings: [],
              content: [{ type: 'tool-call', toolCallId: '1', toolName: 'price', input: '{"name":"book"}' }],
            };
      },
      doStream: async () => ({
        stream: simulateReadableStream({
          initialDelayInMs: null,
          chunkDelayInMs: null,
          chunks: [
            { type: 'text-start', id: '1' },
            { type: 'text-delta', id: '1', delta: 'Hello' },
            { type: 'text-end', id: '1' },
            { type: 'finish', finishReason: stop, usage },
          ],
        }),
      }),
    });
    const price = tool({
      inputSchema: z.object({ name: z.string() }),
      execute: async ({ name }: { name: string }) => {
        mark(`price of ${name}`);
        return 7;
      },
    });
    const failing = new MockLanguageModelV3({
      doGenerate: async () => {
        throw new Error('no such model');
      },
    });

    await inRequest('generate', () =>
      generateText({
        model: answering,
        prompt: 'What does a book cost?',
        tools: { price },
        stopWhen: stepCountIs(3),
        experimental_telemetry: telemetry,
      }),
    );
    await inRequest('stream', async () => {
      const { textStream } = streamText({ model: answering, prompt: 'Hi', experimental_telemetry: telemetry });
      for await (const part of textStream) mark(`part ${part}`);
    });
    await inRequest('failure', () =>
      generateText({ model: failing, prompt: 'Hi', maxRetries: 0, experimental_telemetry: telemetry }).catch(() =>
        mark('after failure'),
      ),
    );
  },
};
