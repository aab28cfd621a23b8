import { alwaysOffSampler, createTracer, setDefaultTracer } from '@waymark/core';
import { traceOpenai } from '@waymark/core/libraries';
import { inMemoryExporter } from '@waymark/core/testing';
import { drawSpans } from '../draw-spans.ts';
import type { FakeProvider } from '../models/fake-provider.ts';
import { startTracing, type Traced } from '../models/model-spans.ts';
import { startFakeOpenai } from './fake-openai.ts';

// biome-ignore lint/suspicious/noExplicitAny: each version has types of its own
type Any = any;

const messages = [
  { role: 'system', content: 'canary instructions' },
  { role: 'user', content: 'canary prompt' },
];

describe.each(['openai40', 'openai4', 'openai6', 'openai'])('%s', (name) => {
  const sdk = require(name) as Any;
  const OpenAI = sdk.OpenAI ?? sdk.default ?? sdk;
  let server: FakeProvider;
  let client: Any;
  let traced: Traced;

  beforeAll(async () => {
    server = await startFakeOpenai();
    traceOpenai(sdk);
    client = new OpenAI({ apiKey: 'sk-canary', baseURL: server.url });
  });
  beforeEach(() => {
    traced = startTracing();
  });
  afterAll(() => server.close());
  afterEach(() => {
    expect(JSON.stringify(traced.exporter.spans)).not.toContain('canary');
  });

  const ask = (options: object = {}) => client.chat.completions.create({ model: 'gpt-test', messages, ...options });

  test('a completion has a span, with the request of HTTP below', async () => {
    await traced.tracer.withSpan('a', async () => {
      const answer = await ask({
        temperature: 0.5,
        max_tokens: 100,
        top_p: 0.9,
        frequency_penalty: 0.1,
        presence_penalty: 0.2,
        seed: 7,
        n: 2,
        stop: ['END'],
        response_format: { type: 'json_object' },
      });
      expect(answer.choices[0].message.content).toBe('canary answer');
    });
    expect(drawSpans(traced.exporter.spans)).toEqual(['a', '  chat gpt-test', '    POST']);
    expect(traced.find('chat gpt-test')).toMatchObject({
      kind: 'client',
      scope: { name: '@waymark/core/libraries/openai' },
    });
    expect(traced.attributes('chat gpt-test')).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': '_OTHER',
      'server.address': '127.0.0.1',
      'openai.api.type': 'chat_completions',
      'gen_ai.request.model': 'gpt-test',
      'gen_ai.request.temperature': 0.5,
      'gen_ai.request.max_tokens': 100,
      'gen_ai.request.top_p': 0.9,
      'gen_ai.request.frequency_penalty': 0.1,
      'gen_ai.request.presence_penalty': 0.2,
      'gen_ai.request.seed': 7,
      'gen_ai.request.choice.count': 2,
      'gen_ai.request.stop_sequences': ['END'],
      'gen_ai.output.type': 'json',
      'gen_ai.response.id': 'chatcmpl-1',
      'gen_ai.response.model': 'gpt-test-2026-01-01',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 11,
      'gen_ai.usage.output_tokens': 7,
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.usage.reasoning.output_tokens': 2,
      'openai.response.service_tier': 'default',
      'openai.response.system_fingerprint': 'fp_1',
    });
    expect(traced.find('chat gpt-test').attributes['server.port']).toBe(server.port);
  });

  test('the promise keeps its class and its methods', async () => {
    await traced.tracer.withSpan('a', async () => {
      const promise = ask();
      expect(promise.constructor.name).toBe('APIPromise');
      expect(promise).toBeInstanceOf(Promise);
      const { data, response } = await promise.withResponse();
      expect(data.id).toBe('chatcmpl-1');
      expect(response.status).toBe(200);
      expect(await promise).toBe(data);
      const raw = await ask().asResponse();
      expect(raw.bodyUsed).toBe(false);
      expect((await raw.json()).id).toBe('chatcmpl-1');
    });
    expect(drawSpans(traced.exporter.spans)).toEqual([
      'a',
      '  chat gpt-test',
      '    POST',
      '  chat gpt-test',
      '    POST',
    ]);
    const [first, second] = traced.exporter.spans.filter((span) => span.name === 'chat gpt-test');
    expect(first?.attributes['gen_ai.usage.input_tokens']).toBe(11);
    expect(second?.attributes['gen_ai.usage.input_tokens']).toBeUndefined(); // its body is the application's
  });

  test('retries of the SDK are below one span', async () => {
    const retrying = new OpenAI({ apiKey: 'k', baseURL: server.url, maxRetries: 2 });
    const fresh = await startFakeOpenai();
    retrying.baseURL = fresh.url;
    await traced.tracer.withSpan('a', () => retrying.chat.completions.create({ model: 'busy', messages }));
    await fresh.close();
    expect(drawSpans(traced.exporter.spans)).toEqual([
      'a',
      '  chat busy',
      '    POST ! 429',
      '    POST ! 500',
      '    POST',
    ]);
  });

  test('an error fails the span, without the message of the provider', async () => {
    const error = await traced.tracer.withSpan('a', () => ask({ model: 'refused' }).catch((reason: unknown) => reason));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect((error as Error).message).toContain('canary prompt');
    expect(drawSpans(traced.exporter.spans)).toEqual(['a', '  chat refused ! BadRequestError', '    POST ! 400']);
    expect(traced.find('chat refused').status).toEqual({ code: 'error', message: '400 invalid_prompt' });
  });

  test('a stream ends its span when it has been read', async () => {
    await traced.tracer.withSpan('a', async () => {
      const stream = await ask({ stream: true, stream_options: { include_usage: true } });
      expect(stream.constructor.name).toBe('Stream');
      expect(stream.controller).toBeInstanceOf(AbortController);
      let text = '';
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta?.content ?? '';
        if (text !== '') expect(traced.exporter.spans.map((span) => span.name)).not.toContain('chat gpt-test');
        traced.tracer.withSpan('chunk', () => {});
      }
      expect(text).toBe('canary answer');
    });
    const [root, ...below] = drawSpans(traced.exporter.spans);
    expect([root, below.filter((line) => !line.includes('chunk'))]).toEqual(['a', ['  chat gpt-test', '    POST']]);
    expect(below).toContain('  chunk'); // below the caller's span, not that of the call
    expect(traced.attributes('chat gpt-test')).toMatchObject({
      'gen_ai.request.stream': true,
      'gen_ai.response.id': 'chatcmpl-1',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 11,
      'gen_ai.usage.output_tokens': 7,
    });
    const first = traced.find('chat gpt-test').attributes['gen_ai.response.time_to_first_chunk'] as number;
    const { startMs, endMs } = traced.find('chat gpt-test');
    expect(first).toBeGreaterThan(0);
    expect(first * 1000).toBeLessThanOrEqual(endMs - startMs);
  });

  test.each<[string, (stream: Any) => Promise<unknown>, string | undefined]>([
    [
      'left early',
      async (stream) => {
        for await (const _ of stream) break;
      },
      undefined,
    ],
    [
      'aborted',
      async (stream) => {
        for await (const _ of stream) stream.controller.abort();
      },
      'AbortError',
    ],
    ['aborted unread', async (stream) => stream.controller.abort(), 'AbortError'],
  ])('a stream that is %s ends its span', async (_, read, errorType) => {
    await traced.tracer.withSpan('a', async () => read(await ask({ model: 'hangs', stream: true })));
    expect(traced.find('chat hangs').attributes['error.type']).toBe(errorType);
  });

  test('a stream that fails, or is cut, fails its span', async () => {
    for (const model of ['fails-late', 'cut']) {
      await traced.tracer.withSpan(model, async () => {
        const read = async () => {
          for await (const _ of await ask({ model, stream: true }));
        };
        await expect(read()).rejects.toThrow();
      });
    }
    expect(traced.find('chat fails-late').attributes['error.type']).toBe('APIError');
    expect(traced.find('chat cut').attributes['error.type']).toEqual(expect.any(String));
  });

  test('a stream may be split, and passed on', async () => {
    await traced.tracer.withSpan('a', async () => {
      const [left, right] = (await ask({ stream: true })).tee();
      const texts = await Promise.all(
        [left, right].map(async (stream) => {
          let text = '';
          for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? '';
          return text;
        }),
      );
      expect(texts).toEqual(['canary answer', 'canary answer']);
      const readable = (await ask({ stream: true })).toReadableStream();
      for await (const _ of readable as AsyncIterable<unknown>);
    });
    const spans = traced.exporter.spans.filter((span) => span.name === 'chat gpt-test');
    expect(spans.map(({ status, attributes }) => [status.code, attributes['gen_ai.response.finish_reasons']])).toEqual([
      ['unset', ['stop']],
      ['unset', ['stop']],
    ]);
  });

  test('aborting a request fails its span', async () => {
    const controller = new AbortController();
    const asked = server.asked.length;
    await traced.tracer.withSpan('a', async () => {
      const promise = client.chat.completions.create(
        { model: 'hangs', messages, stream: true },
        { signal: controller.signal, maxRetries: 0 },
      );
      controller.abort();
      await expect(promise).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    });
    expect(server.asked.length - asked).toBeLessThanOrEqual(1);
    expect(traced.find('chat hangs').attributes['error.type']).toBe('APIUserAbortError');
  });

  test('embeddings, completions, images, audio and moderations have spans', async () => {
    await traced.tracer.withSpan('a', async () => {
      await client.embeddings.create({
        model: 'embed',
        input: 'canary prompt',
        dimensions: 2,
        encoding_format: 'base64',
      });
      await client.completions.create({ model: 'instruct', prompt: 'canary prompt', max_tokens: 3 });
      await client.images.generate({ model: 'image', prompt: 'canary prompt' });
      await client.moderations.create({ model: 'moderation', input: 'canary prompt' });
      const speech = await client.audio.speech.create({ model: 'speech', input: 'canary prompt', voice: 'alloy' });
      expect(await speech.text()).toBe('canary answer');
    });
    expect(drawSpans(traced.exporter.spans).filter((line) => !line.includes('POST'))).toEqual([
      'a',
      '  embeddings embed',
      '  text_completion instruct',
      '  generate_content image',
      '  moderation moderation',
      '  generate_content speech',
    ]);
    expect(traced.attributes('embeddings embed')).toMatchObject({
      'gen_ai.request.encoding_formats': ['base64'],
      'gen_ai.embeddings.dimension.count': 2,
      'gen_ai.usage.input_tokens': 3,
    });
    expect(traced.attributes('text_completion instruct')).toMatchObject({
      'gen_ai.response.finish_reasons': ['length'],
    });
    expect(traced.attributes('generate_content image')).toMatchObject({
      'gen_ai.output.type': 'image',
      'gen_ai.usage.output_tokens': 100,
    });
    expect(traced.attributes('generate_content speech')).toMatchObject({ 'gen_ai.output.type': 'speech' });
  });

  test('nothing is traced, and the calls work, outside a span and in a request that is not sampled', async () => {
    expect((await ask()).id).toBe('chatcmpl-1');
    const exporter = inMemoryExporter();
    const tracer = createTracer({
      exporter,
      sampler: alwaysOffSampler(),
      flushOnExit: false,
      logLevel: 'none',
      env: {},
    });
    setDefaultTracer(tracer);
    await tracer.withSpan('a', async () => {
      for await (const _ of await ask({ stream: true }));
    });
    expect(exporter.spans).toEqual([]);
    expect(traced.exporter.spans.map((span) => span.name)).toEqual(['POST']);
    expect(server.asked.at(-1)?.headers.traceparent).toMatch(/-0[02]$/);
  });

  test('50 calls at once have each its own parent', async () => {
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        traced.tracer.withSpan(`request ${index}`, async () => {
          if (index % 2 === 0) await ask({ model: `m${index}` });
          else for await (const _ of await ask({ model: `m${index}`, stream: true }));
        }),
      ),
    );
    for (let index = 0; index < 50; index++) {
      expect(traced.find(`chat m${index}`).parentSpanId).toBe(traced.find(`request ${index}`).spanId);
    }
    expect(traced.exporter.spans).toHaveLength(150);
  });
});
