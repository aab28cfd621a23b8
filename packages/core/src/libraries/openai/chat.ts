/** What is recorded of `chat.completions`: parameters, tokens, finish reasons; messages only if they are asked for. */
import type { AttributeList } from '../../attributes.ts';
import { readProperty } from '../../read-property.ts';
import type { Answers } from '../models/api-promise.ts';
import type { ModelCall } from '../models/model-call.ts';
import { type Parameters, pushParameters } from '../models/request-attributes.ts';

interface ChatBody {
  readonly messages?: unknown;
  readonly tools?: unknown;
  readonly functions?: unknown;
  readonly response_format?: unknown;
}

/** The attributes of a request. */
export function chatAttributes(body: unknown): AttributeList {
  const attributes: AttributeList = ['openai.api.type', 'chat_completions'];
  const {
    model,
    temperature,
    top_p: topP,
    max_completion_tokens: maxCompletionTokens,
    max_tokens: maxTokens = maxCompletionTokens,
    frequency_penalty: frequencyPenalty,
    presence_penalty: presencePenalty,
    seed,
    n: choices,
    stop,
    stream,
    service_tier: serviceTier,
    response_format: format,
    reasoning_effort: reasoning,
  } = (body ?? {}) as Parameters;
  pushParameters(attributes, {
    model,
    temperature,
    topP,
    maxTokens: maxCompletionTokens ?? maxTokens,
    frequencyPenalty,
    presencePenalty,
    seed,
    choices,
    stop,
    stream,
    outputType: outputTypeOf(readProperty(format, 'type')),
    reasoning,
  });
  if (typeof serviceTier === 'string' && serviceTier !== 'auto') {
    attributes.push('openai.request.service_tier', serviceTier);
  }
  return attributes;
}

/** `gen_ai.output.type` of a format that is asked for. */
export function outputTypeOf(format: unknown): string | undefined {
  if (format === 'json_object' || format === 'json_schema') return 'json';
  return format === 'text' ? 'text' : undefined;
}

/** The messages of a request, for applications that ask for contents. */
export function recordChatRequest(call: ModelCall, body: unknown): void {
  const { messages, tools, functions } = (body ?? {}) as ChatBody;
  const all = Array.isArray(messages) ? messages : [];
  const isInstruction = (message: unknown): boolean =>
    ['system', 'developer'].includes(readProperty(message, 'role') as string);
  const instructions = all.filter(isInstruction).flatMap((message) => partsOf(message));
  if (instructions.length > 0) call.setContent('gen_ai.system_instructions', instructions);
  call.setContent('gen_ai.input.messages', all.filter((message) => !isInstruction(message)).map(toMessage));
  call.setContent('gen_ai.tool.definitions', tools ?? functions);
}

/** A message in the form of the conventions. */
function toMessage(message: unknown): object {
  return { role: readProperty(message, 'role'), parts: partsOf(message) };
}

function partsOf(message: unknown): readonly object[] {
  const content = readProperty(message, 'content');
  if (readProperty(message, 'role') === 'tool') {
    return [{ type: 'tool_call_response', id: readProperty(message, 'tool_call_id'), response: content }];
  }
  const contents: readonly unknown[] = Array.isArray(content) ? content : [content];
  const parts = contents.flatMap((part): object[] => {
    if (typeof part === 'string') return part === '' ? [] : [{ type: 'text', content: part }];
    if (typeof part !== 'object' || part === null) return [];
    return readProperty(part, 'type') === 'text' ? [{ type: 'text', content: readProperty(part, 'text') }] : [part];
  });
  const calls = readProperty(message, 'tool_calls');
  const refusal = readProperty(message, 'refusal');
  if (typeof refusal === 'string') parts.push({ type: 'text', content: refusal });
  return Array.isArray(calls) ? [...parts, ...calls.map(toToolCall)] : parts;
}

function toToolCall(call: unknown): object {
  const given = readProperty(call, 'function') ?? readProperty(call, 'custom');
  return {
    type: 'tool_call',
    id: readProperty(call, 'id'),
    name: readProperty(given, 'name'),
    arguments: readProperty(given, 'arguments') ?? readProperty(given, 'input'),
  };
}

interface Completion {
  readonly id?: unknown;
  readonly model?: unknown;
  readonly choices?: readonly Choice[] | null;
  readonly usage?: unknown;
  readonly service_tier?: unknown;
  readonly system_fingerprint?: unknown;
}

interface Choice {
  readonly index?: unknown;
  readonly finish_reason?: unknown;
  readonly message?: unknown;
  readonly delta?: unknown;
  /** Of `completions`. */
  readonly text?: unknown;
}

export const chatAnswers: Answers = {
  read(call, answer) {
    const { choices } = (answer ?? {}) as Completion;
    recordHead(call, answer);
    const all = Array.isArray(choices) ? (choices as readonly Choice[]) : [];
    recordReasons(
      call,
      all.map(({ finish_reason: reason }) => reason),
    );
    if (!call.hasContents) return;
    const messages = all.map(({ message, text, finish_reason: reason }) => ({
      role: 'assistant',
      parts: message === undefined ? [{ type: 'text', content: text }] : partsOf(message),
      finish_reason: reason,
    }));
    call.setContent('gen_ai.output.messages', messages);
  },

  readEvents(call) {
    const reasons = new Map<unknown, unknown>();
    const texts = call.hasContents ? new StreamedMessages() : undefined;
    let hasHead = false;
    return {
      read(event) {
        const { choices, usage } = (event ?? {}) as Completion;
        if (!hasHead || (usage !== undefined && usage !== null)) {
          recordHead(call, event);
          hasHead = true;
        }
        for (const choice of Array.isArray(choices) ? (choices as readonly Choice[]) : []) {
          texts?.add(choice);
          if (typeof choice?.finish_reason !== 'string') continue;
          reasons.set(choice.index, choice.finish_reason);
          recordReasons(call, [...reasons.values()]);
        }
      },
      finish() {
        if (texts !== undefined) call.setContent('gen_ai.output.messages', texts.messages(reasons));
      },
    };
  },
};

function recordHead(call: ModelCall, answer: unknown): void {
  const { id, model, usage, service_tier: tier, system_fingerprint: fingerprint } = (answer ?? {}) as Completion;
  call.setText('gen_ai.response.id', id);
  call.setText('gen_ai.response.model', model);
  call.setText('openai.response.service_tier', tier);
  call.setText('openai.response.system_fingerprint', fingerprint);
  call.setUsage({
    input: readProperty(usage, 'prompt_tokens'),
    output: readProperty(usage, 'completion_tokens'),
    cacheRead: readProperty(readProperty(usage, 'prompt_tokens_details'), 'cached_tokens'),
    reasoning: readProperty(readProperty(usage, 'completion_tokens_details'), 'reasoning_tokens'),
  });
}

function recordReasons(call: ModelCall, reasons: readonly unknown[]): void {
  const texts = reasons.filter((reason) => typeof reason === 'string');
  if (texts.length > 0) call.set('gen_ai.response.finish_reasons', texts);
}

/** The text of a streamed answer, put together again, by the number of the choice. */
class StreamedMessages {
  private readonly choices = new Map<unknown, { text: string; readonly calls: ToolCallParts[] }>();

  add({ index, delta, text }: Choice): void {
    let choice = this.choices.get(index);
    if (choice === undefined) {
      choice = { text: '', calls: [] };
      this.choices.set(index, choice);
    }
    const part = text ?? readProperty(delta, 'content');
    if (typeof part === 'string' && choice.text.length < maxStreamedLength) choice.text += part;
    const calls = readProperty(delta, 'tool_calls');
    for (const call of Array.isArray(calls) ? (calls as readonly unknown[]) : []) addToolCall(choice.calls, call);
  }

  messages(reasons: ReadonlyMap<unknown, unknown>): readonly object[] {
    return [...this.choices].map(([index, { text, calls }]) => ({
      role: 'assistant',
      parts: [...(text === '' ? [] : [{ type: 'text', content: text }]), ...calls],
      finish_reason: reasons.get(index),
    }));
  }
}

// What is longer is cut when it is recorded.
const maxStreamedLength = 16_384;

interface ToolCallParts {
  readonly type: 'tool_call';
  id: unknown;
  name: unknown;
  arguments: string;
}

function addToolCall(calls: ToolCallParts[], part: unknown): void {
  const place = readProperty(part, 'index');
  const index = typeof place === 'number' && place >= 0 && place < 128 ? place : calls.length;
  while (calls.length <= index) calls.push({ type: 'tool_call', id: undefined, name: undefined, arguments: '' });
  const call = calls[index] as ToolCallParts; // just made
  const given = readProperty(part, 'function');
  call.id ??= readProperty(part, 'id');
  call.name ??= readProperty(given, 'name');
  const text = readProperty(given, 'arguments');
  if (typeof text === 'string' && call.arguments.length < maxStreamedLength) call.arguments += text;
}
