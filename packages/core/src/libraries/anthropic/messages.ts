/** What is recorded of Anthropic's `messages`: parameters, tokens, the reason to stop; messages only if they are asked for. */
import type { AttributeList } from '../../attributes.ts';
import { readProperty } from '../../read-property.ts';
import type { Answers } from '../models/api-promise.ts';
import type { ModelCall } from '../models/model-call.ts';
import { type Parameters, pushParameters } from '../models/request-attributes.ts';

/** The attributes of a request. */
export function messageAttributes(body: unknown): AttributeList {
  const given = (body ?? {}) as Parameters;
  const attributes: AttributeList = [];
  pushParameters(attributes, {
    model: given.model,
    temperature: given.temperature,
    topP: given.top_p,
    topK: given.top_k,
    maxTokens: given.max_tokens ?? given.max_tokens_to_sample,
    stop: given.stop_sequences,
    stream: given.stream,
    reasoning: readProperty(given.output_config, 'effort'),
  });
  return attributes;
}

/** The messages of a request, for applications that ask for contents. */
export function recordMessages(call: ModelCall, body: unknown): void {
  const { system, messages, tools } = (body ?? {}) as Parameters;
  if (system !== undefined) call.setContent('gen_ai.system_instructions', partsOf(system));
  if (Array.isArray(messages)) {
    const all = messages.map((message) => ({
      role: readProperty(message, 'role'),
      parts: partsOf(readProperty(message, 'content')),
    }));
    call.setContent('gen_ai.input.messages', all);
  }
  call.setContent('gen_ai.tool.definitions', tools);
}

function partsOf(content: unknown): readonly object[] {
  const parts: readonly unknown[] = Array.isArray(content) ? content : [content];
  return parts.flatMap((part): object[] => {
    if (typeof part === 'string') return [{ type: 'text', content: part }];
    const { type, text, thinking, id, name, input, tool_use_id: callId, content: result } = (part ?? {}) as Parameters;
    if (type === 'text') return [{ type, content: text }];
    if (type === 'thinking') return [{ type: 'reasoning', content: thinking }];
    if (type === 'tool_use' || type === 'server_tool_use') return [{ type: 'tool_call', id, name, arguments: input }];
    if (type === 'tool_result') return [{ type: 'tool_call_response', id: callId, response: result }];
    return typeof part === 'object' && part !== null ? [part] : [];
  });
}

export const messageAnswers: Answers = {
  read(call, answer) {
    recordMessage(call, answer);
    recordUsage(call, readProperty(answer, 'usage'));
    recordReason(call, readProperty(answer, 'stop_reason'));
    if (!call.hasContents) return;
    const { content, completion, stop_reason: reason } = (answer ?? {}) as Parameters;
    const parts = partsOf(content ?? completion);
    call.setContent('gen_ai.output.messages', [{ role: 'assistant', parts, finish_reason: reason }]);
  },

  readEvents(call) {
    let usage: Parameters = {};
    let reason: unknown;
    const texts = call.hasContents ? new StreamedContent() : undefined;
    return {
      isChunk: (event) => String(readProperty(event, 'type')).startsWith('content_block'),
      read(event) {
        const { type, message, delta, usage: totals } = (event ?? {}) as Parameters;
        if (type === 'message_start') {
          recordMessage(call, message);
          usage = (readProperty(message, 'usage') ?? {}) as Parameters;
        } else if (type === 'message_delta') {
          reason = readProperty(delta, 'stop_reason');
          recordReason(call, reason);
          usage = { ...usage, ...withoutNulls(totals) };
          recordUsage(call, usage);
        }
        texts?.add(event as Parameters);
      },
      finish() {
        recordUsage(call, usage); // of a stream that is left early
        if (texts === undefined) return;
        call.setContent('gen_ai.output.messages', [{ role: 'assistant', parts: texts.parts, finish_reason: reason }]);
      },
    };
  },
};

/** The counts of a later event are totals; those that do not apply are null. */
function withoutNulls(totals: unknown): Parameters {
  return Object.fromEntries(Object.entries(totals ?? {}).filter(([, value]) => value !== null && value !== undefined));
}

function recordMessage(call: ModelCall, message: unknown): void {
  call.setText('gen_ai.response.id', readProperty(message, 'id'));
  call.setText('gen_ai.response.model', readProperty(message, 'model'));
}

function recordReason(call: ModelCall, reason: unknown): void {
  if (typeof reason === 'string') call.set('gen_ai.response.finish_reasons', [reason]);
}

/** Anthropic counts cached tokens apart; the conventions count them in. */
function recordUsage(call: ModelCall, usage: unknown): void {
  const {
    input_tokens: fresh,
    output_tokens: output,
    cache_read_input_tokens: cacheRead,
    cache_creation_input_tokens: cacheCreation,
    output_tokens_details: details,
  } = (usage ?? {}) as Parameters;
  const input = typeof fresh === 'number' ? fresh + countOf(cacheRead) + countOf(cacheCreation) : undefined;
  call.setUsage({ input, output, cacheRead, cacheCreation, reasoning: readProperty(details, 'thinking_tokens') });
}

function countOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

export const countAnswers: Answers = {
  read: (call, answer) => call.setUsage({ input: readProperty(answer, 'input_tokens') }),
};

// What is longer is cut when it is recorded.
const maxLength = 16_384;

/** The content of a streamed answer, put together again, by the number of its block. */
class StreamedContent {
  readonly parts: Record<string, unknown>[] = [];

  add({ type, index, content_block: block, delta }: Parameters): void {
    if (typeof index !== 'number' || !(index >= 0 && index < 128)) return;
    if (type === 'content_block_start') {
      const kind = readProperty(block, 'type');
      this.parts[index] =
        kind === 'tool_use'
          ? { type: 'tool_call', id: readProperty(block, 'id'), name: readProperty(block, 'name'), arguments: '' }
          : { type: kind === 'thinking' ? 'reasoning' : kind, content: '' };
      return;
    }
    const part = this.parts[index];
    if (type !== 'content_block_delta' || part === undefined) return;
    const key = part.type === 'tool_call' ? 'arguments' : 'content';
    const text = readProperty(delta, 'text') ?? readProperty(delta, 'thinking') ?? readProperty(delta, 'partial_json');
    const before = part[key];
    if (typeof text === 'string' && typeof before === 'string' && before.length < maxLength) part[key] = before + text;
  }
}
