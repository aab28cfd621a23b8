// Lambda and Bedrock: what is invoked, and what it says of itself. Payloads, prompts and answers are not recorded.
import { BedrockRuntimeClient, ConverseCommand, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { createTracer, setDefaultTracer } from '@waymark/core';
import { traceAwsSdk } from '@waymark/core/libraries';
import { inMemoryExporter } from '@waymark/core/testing';
import { type AwsService, startAws } from '../../services/aws.ts';
import { clientOptions } from './open-client.ts';

const exporter = inMemoryExporter();
const tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
setDefaultTracer(tracer);

let aws: AwsService;
beforeAll(async () => {
  aws = await startAws();
});
beforeEach(() => exporter.reset());
afterAll(() => aws.stop());

const one = (name: string) => exporter.spans.find((span) => span.name === name);

describe('Lambda', () => {
  let lambda: LambdaClient;
  beforeAll(() => {
    lambda = traceAwsSdk(new LambdaClient(clientOptions(aws)));
  });
  afterAll(() => lambda.destroy());

  const contextOf = (header: unknown) =>
    JSON.parse(Buffer.from(`${header}`, 'base64').toString() || '{}') as { custom?: Record<string, string> };

  test('the function gets the context beside what the application has put there', async () => {
    const ClientContext = Buffer.from('{"custom":{"tenant":"a"},"env":{"b":"c"}}').toString('base64');
    await tracer.withSpan('request', () =>
      lambda.send(
        new InvokeCommand({ FunctionName: 'ship', Payload: Buffer.from('{"card":"secret"}'), ClientContext }),
      ),
    );
    const span = one('Lambda/Invoke');
    expect(contextOf(aws.requests.at(-1)?.headers['x-amz-client-context'])).toEqual({
      custom: { tenant: 'a', traceparent: `00-${span?.traceId}-${span?.spanId}-03` },
      env: { b: 'c' },
    });
    expect(span?.attributes).toMatchObject({ 'faas.invoked_name': 'ship', 'faas.invoked_provider': 'aws' });
    expect(JSON.stringify(exporter.spans)).not.toContain('secret');
  });

  test('an asynchronous call carries nothing, since Lambda would not pass it on', async () => {
    await tracer.withSpan('request', () =>
      lambda.send(new InvokeCommand({ FunctionName: 'ship', InvocationType: 'Event' })),
    );
    expect(aws.requests.at(-1)?.headers['x-amz-client-context']).toBeUndefined();
  });

  test('a function that fails makes the span fail, although the SDK does not throw', async () => {
    const arn = 'arn:aws:lambda:eu-central-1:123456789012:function:failing:3';
    await tracer.withSpan('request', () => lambda.send(new InvokeCommand({ FunctionName: arn })));
    expect(one('Lambda/Invoke')).toMatchObject({
      status: { code: 'error' },
      attributes: { 'error.type': 'Unhandled', 'faas.invoked_name': 'failing' },
    });
  });
});

describe('Bedrock', () => {
  let bedrock: BedrockRuntimeClient;
  beforeAll(() => {
    // Bedrock's client speaks HTTP/2, and the server of the test HTTP/1.1, as Lambda's client does.
    const { requestHandler } = new LambdaClient(clientOptions(aws)).config;
    bedrock = traceAwsSdk(new BedrockRuntimeClient({ ...clientOptions(aws), maxAttempts: 1, requestHandler }));
  });
  afterAll(() => bedrock.destroy());

  const messages = [{ role: 'user' as const, content: [{ text: 'a secret question' }] }];
  const use = {
    'gen_ai.usage.input_tokens': 12,
    'gen_ai.usage.output_tokens': 5,
    'gen_ai.response.finish_reasons': ['end_turn'],
  };

  test('Converse', async () => {
    await tracer.withSpan('request', () =>
      bedrock.send(
        new ConverseCommand({ modelId: 'amazon.nova-lite', messages, inferenceConfig: { maxTokens: 100, topP: 0.5 } }),
      ),
    );
    expect(one('chat amazon.nova-lite')).toMatchObject({
      kind: 'client',
      attributes: {
        'gen_ai.provider.name': 'aws.bedrock',
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.model': 'amazon.nova-lite',
        'gen_ai.request.max_tokens': 100,
        'gen_ai.request.top_p': 0.5,
        'rpc.method': 'BedrockRuntime/Converse',
        ...use,
      },
    });
    expect(JSON.stringify(exporter.spans)).not.toMatch(/secret|An answer/);
  });

  test('InvokeModel, with the body of a model', async () => {
    const body = JSON.stringify({ max_tokens: 64, temperature: 0.2, messages });
    await tracer.withSpan('request', async () => {
      const answer = await bedrock.send(new InvokeModelCommand({ modelId: 'anthropic.claude-3', body }));
      expect(answer.body.transformToString()).toContain('An answer');
    });
    expect(one('chat anthropic.claude-3')?.attributes).toMatchObject({
      'gen_ai.request.max_tokens': 64,
      'gen_ai.request.temperature': 0.2,
      'gen_ai.response.id': 'msg_1',
      ...use,
    });
    expect(JSON.stringify(exporter.spans)).not.toMatch(/secret|An answer/);
  });

  test('an error by its name', async () => {
    await tracer.withSpan('request', () =>
      expect(bedrock.send(new ConverseCommand({ modelId: 'throttled', messages }))).rejects.toThrow('Too many tokens'),
    );
    expect(one('chat throttled')?.attributes['error.type']).toBe('ThrottlingException');
  });
});
