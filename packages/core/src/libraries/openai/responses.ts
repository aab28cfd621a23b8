/** What is recorded of OpenAI's `responses`: parameters, tokens, status; input and output only if they are asked for. */
import type { AttributeList } from '../../attributes.ts';
import { readProperty } from '../../read-property.ts';
import type { Answers } from '../models/api-promise.ts';
import type { ModelCall } from '../models/model-call.ts';
import { type Parameters, pushParameters } from '../models/request-attributes.ts';
import { outputTypeOf } from './chat.ts';

/** The attributes of a request. */
export function responseAttributes(body: unknown): AttributeList {
  const attributes: AttributeList = ['openai.api.type', 'responses'];
  const given = (body ?? {}) as Parameters;
  const { model, temperature, top_p: topP, max_output_tokens: maxTokens, stream, service_tier: tier } = given;
  pushParameters(attributes, {
    model,
    temperature,
    topP,
    maxTokens,
    stream,
    outputType: outputTypeOf(readProperty(readProperty(given.text, 'format'), 'type')),
    reasoning: readProperty(given.reasoning, 'effort'),
  });
  const { conversation } = given;
  const conversationId = typeof conversation === 'string' ? conversation : readProperty(conversation, 'id');
  if (typeof conversationId === 'string') attributes.push('gen_ai.conversation.id', conversationId);
  if (typeof tier === 'string' && tier !== 'auto') attributes.push('openai.request.service_tier', tier);
  return attributes;
}

/** The input of a request, for applications that ask for contents. */
export function recordResponseRequest(call: ModelCall, body: unknown): void {
  const { instructions, input, tools } = (body ?? {}) as Parameters;
  if (typeof instructions === 'string') {
    call.setContent('gen_ai.system_instructions', [{ type: 'text', content: instructions }]);
  }
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
  if (Array.isArray(items)) call.setContent('gen_ai.input.messages', items.map(toMessage));
  call.setContent('gen_ai.tool.definitions', tools);
}

function toMessage(item: unknown): object {
  const type = readProperty(item, 'type');
  if (type === 'function_call_output') {
    const response = readProperty(item, 'output');
    return { role: 'tool', parts: [{ type: 'tool_call_response', id: readProperty(item, 'call_id'), response }] };
  }
  return { role: readProperty(item, 'role') ?? 'assistant', parts: partsOf(item) };
}

function partsOf(item: unknown): readonly object[] {
  const type = readProperty(item, 'type');
  if (type === 'function_call') {
    const { call_id: id, name, arguments: given } = item as Parameters; // an object: it has a type
    return [{ type: 'tool_call', id, name, arguments: given }];
  }
  const content = readProperty(item, 'content');
  const parts: readonly unknown[] = Array.isArray(content) ? content : [content];
  return parts.flatMap((part): object[] => {
    if (typeof part === 'string') return [{ type: 'text', content: part }];
    const text = readProperty(part, 'text') ?? readProperty(part, 'refusal');
    if (typeof text === 'string') return [{ type: 'text', content: text }];
    return typeof part === 'object' && part !== null ? [part] : [];
  });
}

export const responseAnswers: Answers = {
  read: recordResponse,
  readEvents(call) {
    return {
      isChunk: (event) => !/^response\.(?:created|in_progress|queued)$/.test(String(readProperty(event, 'type'))),
      read(event) {
        // `response.created`, `.in_progress`, `.completed`, `.incomplete`, `.failed`: the whole answer as far as it is known.
        const response = readProperty(event, 'response');
        if (response !== undefined) recordResponse(call, response);
      },
    };
  },
};

/** Ends the span as failed if the answer says so: the request itself has succeeded. */
function recordResponse(call: ModelCall, answer: unknown): void {
  const {
    id,
    model,
    status,
    usage,
    output,
    error,
    incomplete_details: details,
    service_tier: tier,
  } = (answer ?? {}) as Parameters;
  call.setText('gen_ai.response.id', id);
  call.setText('gen_ai.response.model', model);
  call.setText('openai.response.service_tier', tier);
  const conversationId = readProperty((answer as Parameters | undefined)?.conversation, 'id');
  call.setText('gen_ai.conversation.id', conversationId);
  call.setUsage({
    input: readProperty(usage, 'input_tokens'),
    output: readProperty(usage, 'output_tokens'),
    cacheRead: readProperty(readProperty(usage, 'input_tokens_details'), 'cached_tokens'),
    reasoning: readProperty(readProperty(usage, 'output_tokens_details'), 'reasoning_tokens'),
  });
  const reason = reasonOf(status, details, output);
  if (reason !== undefined) call.set('gen_ai.response.finish_reasons', [reason]);
  if (call.hasContents && Array.isArray(output) && output.length > 0) {
    const parts = output.flatMap(partsOf);
    call.setContent('gen_ai.output.messages', [{ role: 'assistant', parts, finish_reason: reason }]);
  }
  if (status !== 'failed') return;
  const code = readProperty(error, 'code');
  call.failWith(typeof code === 'string' && code !== '' ? code : 'failed');
}

/** The words of the conventions where the API has none: it says how an answer ended, and not why. */
function reasonOf(status: unknown, details: unknown, output: unknown): string | undefined {
  if (status === 'incomplete') {
    const reason = readProperty(details, 'reason');
    if (reason === 'max_output_tokens') return 'length';
    return typeof reason === 'string' ? reason : 'incomplete';
  }
  if (status === 'failed') return 'error';
  if (status !== 'completed') return undefined;
  const callsTool = Array.isArray(output) && output.some((item) => readProperty(item, 'type') === 'function_call');
  return callsTool ? 'tool_calls' : 'stop';
}
