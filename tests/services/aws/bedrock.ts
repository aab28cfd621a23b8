// Bedrock's runtime. The model whose name has `throttled` in it refuses.
import type { AwsAnswer } from '../aws.ts';

/** @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export function answerBedrock(path: string, _input: unknown): AwsAnswer {
  if (path.includes('throttled')) {
    return {
      status: 429,
      headers: { 'x-amzn-errortype': 'ThrottlingException' },
      body: { message: 'Too many tokens' },
    };
  }
  const usage = { inputTokens: 12, outputTokens: 5, totalTokens: 17 };
  if (path.endsWith('/converse')) {
    const message = { role: 'assistant', content: [{ text: 'An answer' }] };
    return { body: { output: { message }, stopReason: 'end_turn', usage, metrics: { latencyMs: 3 } } };
  }
  return {
    headers: { 'x-amzn-bedrock-input-token-count': '12', 'x-amzn-bedrock-output-token-count': '5' },
    body: {
      id: 'msg_1',
      model: 'claude',
      role: 'assistant',
      content: [{ type: 'text', text: 'An answer' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 12, output_tokens: 5 },
    },
  };
}
