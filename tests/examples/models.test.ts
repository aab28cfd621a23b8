// The code of docs/models.md, with a service that answers as OpenAI does. docs.test.ts checks that each block is in a file like this one, word for word.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createTracer } from '@waymark/core';
import { aiTelemetry, type LibrariesOption, traceOpenai } from '@waymark/core/libraries';
import { inMemoryExporter, renderTrace } from '@waymark/core/testing';
import { tracing as expressTracing } from '@waymark/express';
import express from 'express';
import request from 'supertest';
import { readCodeBlocks } from './code-blocks.ts';
import { withoutNumbers } from './run-example.ts';

// biome-ignore lint/suspicious/noExplicitAny: the page is JavaScript
const { OpenAI } = require('openai') as any;
const exporter = inMemoryExporter();
beforeEach(() => exporter.reset());

const server = createServer((incoming, response) => {
  incoming.resume();
  const content = [{ type: 'output_text', text: 'By post.', annotations: [] }];
  const usage = { input_tokens: 11, output_tokens: 7, total_tokens: 18 };
  const output = [{ type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content }];
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({ id: 'resp_1', object: 'response', model: 'gpt-5', status: 'completed', output, usage }),
  );
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env.OPENAI_BASE_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env.OPENAI_API_KEY = 'none';
});
afterAll(async () => {
  delete process.env.OPENAI_BASE_URL;
  delete process.env.OPENAI_API_KEY;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** That of the page, with an exporter of the test. */
const tracing = (options: { serviceName: string }) =>
  expressTracing({ ...options, exporter, flushOnExit: false, logLevel: 'none' });

test('a call of a model', async () => {
  traceOpenai(OpenAI);
  const openai = new OpenAI();

  const app = express();
  app.use(tracing({ serviceName: 'support' }));

  app.get('/answer', async (req, res) => {
    const answer = await openai.responses.create({ model: 'gpt-5', input: req.query.question });
    res.json({ answer: answer.output_text });
  });

  const { body } = await request(app).get('/answer?question=How');
  expect(body).toEqual({ answer: 'By post.' });
  const [picture] = readCodeBlocks('docs/models.md').filter(({ language }) => language === 'text');
  // Without the call of the test itself.
  const spans = (await exporter.waitFor(4)).filter(({ parentSpanId }) => parentSpanId !== undefined);
  const drawn = withoutNumbers(renderTrace(spans, { width: 150 })).slice(1);
  expect(drawn).toEqual(withoutNumbers(picture?.code ?? 'no picture'));
});

test('the option for contents', () => {
  const tracing = ({ libraries }: { libraries: LibrariesOption }) => {
    const tracer = createTracer({ libraries, exporter, flushOnExit: false, logLevel: 'none', env: {} });
    return tracer.describeSettings();
  };
  const settings = tracing({ libraries: { openai: { contents: true }, mcp: false } });
  expect(settings).toMatch(/openai/);
});

test('the AI SDK before version 7', async () => {
  const load = createRequire(join(__dirname, '../opentelemetry/package.json'));
  const { generateText } = load('ai');
  const { MockLanguageModelV3 } = load('ai/test');
  const usage = { inputTokens: { total: 3 }, outputTokens: { total: 5 } };
  const answer = {
    content: [{ type: 'text', text: 'By post.' }],
    finishReason: { unified: 'stop' },
    usage,
    warnings: [],
  };
  const model = new MockLanguageModelV3({ modelId: 'claude-test', doGenerate: async () => answer });
  const prompt = 'How do you send it?';
  const tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
  await tracer.withSpan('request', async () => {
    const experimental_telemetry = aiTelemetry({ functionId: 'support' });
    const { text } = await generateText({ model, prompt, experimental_telemetry });
    expect(text).toBe('By post.');
  });
  expect(exporter.spans.map(({ name }) => name)).toEqual(['chat claude-test', 'invoke_agent support', 'request']);
});
