// OpenAI's API as it is documented. The model says how it answers.
import type { ServerResponse } from 'node:http';
import {
  type Asked,
  answerJson,
  closed,
  type FakeProvider,
  startFakeProvider,
  writeEvents,
} from '../models/fake-provider.ts';

const usage = {
  prompt_tokens: 11,
  completion_tokens: 7,
  total_tokens: 18,
  prompt_tokens_details: { cached_tokens: 4 },
  completion_tokens_details: { reasoning_tokens: 2 },
};

const responseUsage = {
  input_tokens: 11,
  input_tokens_details: { cached_tokens: 4 },
  output_tokens: 7,
  output_tokens_details: { reasoning_tokens: 2 },
  total_tokens: 18,
};

export function startFakeOpenai(): Promise<FakeProvider> {
  const seen = new Map<string, number>();
  return startFakeProvider(async (asked, response) => {
    const path = asked.path.replace(/^\/openai\/deployments\/[^/]+/, '').replace(/\?.*/, '');
    const { model = '' } = asked.body as { model?: string };
    const count = seen.get(model) ?? 0;
    seen.set(model, count + 1);
    if (model === 'busy' && count < 2) {
      const error = { message: 'Rate limit reached', type: 'requests', param: null, code: 'rate_limit_exceeded' };
      answerJson(response, { error }, count === 0 ? 429 : 500, { 'retry-after-ms': '1' });
      return;
    }
    if (model === 'refused') {
      const message = `Invalid prompt: ${JSON.stringify(asked.body.messages ?? asked.body.input)}`;
      answerJson(
        response,
        { error: { message, type: 'invalid_request_error', param: null, code: 'invalid_prompt' } },
        400,
      );
      return;
    }
    if (path.endsWith('/chat/completions')) await answerChat(asked, response);
    else if (path.endsWith('/responses')) await answerResponse(asked, response);
    else if (path.endsWith('/completions')) {
      const choices = [{ text: 'canary answer', index: 0, finish_reason: 'length', logprobs: null }];
      answerJson(response, { id: 'cmpl-1', object: 'text_completion', created: 1, model, choices, usage });
    } else if (path.endsWith('/embeddings')) {
      const data = [{ object: 'embedding', index: 0, embedding: 'AACAPwAAAEA=' }];
      answerJson(response, { object: 'list', data, model, usage: { prompt_tokens: 3, total_tokens: 3 } });
    } else if (path.endsWith('/images/generations')) {
      const imageUsage = { input_tokens: 5, output_tokens: 100, total_tokens: 105 };
      answerJson(response, { created: 1, data: [{ b64_json: 'canary answer' }], usage: imageUsage });
    } else if (path.endsWith('/moderations')) {
      answerJson(response, { id: 'modr-1', model: 'omni-moderation-1', results: [] });
    } else if (path.endsWith('/audio/speech')) {
      response.writeHead(200, { 'content-type': 'audio/mpeg' }).end('canary answer');
    } else if (path.endsWith('/audio/transcriptions')) {
      answerJson(response, { text: 'canary answer', usage: { type: 'tokens', input_tokens: 14, output_tokens: 45 } });
    } else answerJson(response, { error: { message: 'no such path', type: 'invalid_request_error', code: null } }, 404);
  });
}

async function answerChat({ body }: Asked, response: ServerResponse): Promise<void> {
  const { model, stream, messages } = body;
  const id = 'chatcmpl-1';
  const answering = `${model}-2026-01-01`;
  const hasResult = messages.some(({ role }: { role: string }) => role === 'tool');
  const calls = model === 'calls-tools' && !hasResult;
  const toolCall = { id: 'call_1', type: 'function', function: { name: 'price', arguments: '{"item":"canary"}' } };
  if (!stream) {
    const message = calls
      ? { role: 'assistant', content: null, tool_calls: [toolCall] }
      : { role: 'assistant', content: model === 'json' ? '{"answer":"canary"}' : 'canary answer', refusal: null };
    const choices = [{ index: 0, message, finish_reason: calls ? 'tool_calls' : 'stop', logprobs: null }];
    const head = { id, object: 'chat.completion', created: 1, model: answering, system_fingerprint: 'fp_1' };
    answerJson(response, { ...head, service_tier: 'default', choices, usage }, 200, { 'x-request-id': 'req_1' });
    return;
  }
  const chunk = (delta: object, reason: string | null = null) => ({
    id,
    object: 'chat.completion.chunk',
    created: 1,
    model: answering,
    choices: [{ index: 0, delta, finish_reason: reason }],
  });
  writeEvents(response, [chunk({ role: 'assistant', content: '' }), chunk({ content: 'canary ' })]);
  if (model === 'hangs') return closed(response);
  if (model === 'cut') {
    response.destroy();
    return;
  }
  if (model === 'fails-late') {
    response.end(`data: ${JSON.stringify({ error: { message: 'canary', type: 'server_error', code: null } })}\n\n`);
    return;
  }
  writeEvents(response, [chunk({ content: 'answer' }), chunk({}, 'stop'), { ...chunk({}), choices: [], usage }]);
  response.end('data: [DONE]\n\n');
}

async function answerResponse({ body }: Asked, response: ServerResponse): Promise<void> {
  const { model, stream } = body;
  const content = [{ type: 'output_text', text: 'canary answer', annotations: [] }];
  const output = [{ type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content }];
  const head = { id: 'resp_1', object: 'response', created_at: 1, model: `${model}-2026-01-01` };
  const whole =
    model === 'fails-late'
      ? { ...head, status: 'failed', error: { code: 'server_error', message: 'canary' }, output: [], usage: null }
      : { ...head, status: 'completed', error: null, output, usage: responseUsage };
  if (!stream) {
    answerJson(response, whole);
    return;
  }
  const begun = { ...head, status: 'in_progress', output: [], usage: null };
  const kind = whole.status === 'failed' ? 'response.failed' : 'response.completed';
  const part = { item_id: 'msg_1', output_index: 0, content_index: 0 };
  const events: readonly object[] = [
    { type: 'response.created', response: begun },
    { type: 'response.output_item.added', output_index: 0, item: { ...output[0], content: [] } },
    { type: 'response.content_part.added', ...part, part: { ...content[0], text: '' } },
    { type: 'response.output_text.delta', ...part, delta: 'canary answer' },
    { type: kind, response: whole },
  ];
  writeEvents(response, whole.status === 'failed' ? events.filter((_, index) => index % 4 === 0) : events);
  response.end();
}
