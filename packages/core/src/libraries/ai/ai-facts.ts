/** What is recorded of the AI SDK's events, by OpenTelemetry's names. */
import type { AttributeList } from '../../attributes.ts';
import { readProperty } from '../../read-property.ts';
import type { ModelCall } from '../models/model-call.ts';
import { type Parameters, pushParameters } from '../models/request-attributes.ts';

/** Providers whose names OpenTelemetry has in another form. The SDK's are such as `openai.chat` and `google.generative-ai`. */
const providers: readonly (readonly [start: string, provider: string])[] = [
  ['google.vertex', 'gcp.vertex_ai'],
  ['vertex', 'gcp.vertex_ai'],
  ['google', 'gcp.gemini'],
  ['amazon-bedrock', 'aws.bedrock'],
  ['azure', 'azure.ai.openai'],
  ['mistral', 'mistral_ai'],
  ['xai', 'x_ai'],
];

/** `gen_ai.provider.name` of a provider of the SDK. */
export function providerOf(given: unknown): string {
  if (typeof given !== 'string' || given === '') return '_OTHER';
  return providers.find(([start]) => given.startsWith(start))?.[1] ?? (given.split('.', 1)[0] as string); // it has a first part
}

/** The attributes of a call: its provider, its model and its parameters. */
export function callAttributes(event: unknown, isStreamed: boolean): AttributeList {
  const given = (event ?? {}) as Parameters;
  const attributes: AttributeList = ['gen_ai.provider.name', providerOf(given.provider)];
  pushParameters(attributes, {
    model: given.modelId,
    temperature: given.temperature,
    topP: given.topP,
    topK: given.topK,
    maxTokens: given.maxOutputTokens,
    frequencyPenalty: given.frequencyPenalty,
    presencePenalty: given.presencePenalty,
    seed: given.seed,
    stop: given.stopSequences,
    stream: isStreamed,
  });
  return attributes;
}

/** What a model has answered: the whole of it, or the parts of a stream that say something of it. */
export function recordAnswer(call: ModelCall, answer: unknown): void {
  const { response, usage, finishReason } = (answer ?? {}) as Parameters;
  recordResponse(call, response);
  recordUsage(call, usage);
  const reason = typeof finishReason === 'string' ? finishReason : readProperty(finishReason, 'unified');
  if (typeof reason === 'string') call.set('gen_ai.response.finish_reasons', [reason]);
}

/** Id and model of an answer. */
export function recordResponse(call: ModelCall, response: unknown): void {
  call.setText('gen_ai.response.id', readProperty(response, 'id'));
  call.setText('gen_ai.response.model', readProperty(response, 'modelId'));
}

function recordUsage(call: ModelCall, usage: unknown): void {
  const { inputTokens, outputTokens, tokens } = (usage ?? {}) as Parameters;
  call.setUsage({
    // A number is the form of models of older versions, and of embeddings.
    input: readProperty(inputTokens, 'total') ?? inputTokens ?? tokens,
    output: readProperty(outputTokens, 'total') ?? outputTokens,
    cacheRead: readProperty(inputTokens, 'cacheRead') ?? readProperty(usage, 'cachedInputTokens'),
    cacheCreation: readProperty(inputTokens, 'cacheWrite'),
    reasoning: readProperty(outputTokens, 'reasoning') ?? readProperty(usage, 'reasoningTokens'),
  });
}

/** The prompt of a call, for applications that ask for contents. */
export function recordPrompt(call: ModelCall, event: unknown): void {
  const { instructions, messages, tools } = (event ?? {}) as Parameters;
  if (typeof instructions === 'string') {
    call.setContent('gen_ai.system_instructions', [{ type: 'text', content: instructions }]);
  }
  if (Array.isArray(messages)) call.setContent('gen_ai.input.messages', messages.map(toMessage));
  call.setContent('gen_ai.tool.definitions', tools);
}

/** A message in the form of the conventions. */
export function toMessage(message: unknown): object {
  return { role: readProperty(message, 'role'), parts: partsOf(readProperty(message, 'content')) };
}

/** The content of a message in the form of the conventions. */
export function partsOf(content: unknown): readonly object[] {
  const parts: readonly unknown[] = Array.isArray(content) ? content : [content];
  return parts.flatMap((part): object[] => {
    if (typeof part === 'string') return [{ type: 'text', content: part }];
    const { type, text, toolCallId: id, toolName: name, input, output } = (part ?? {}) as Parameters;
    if (type === 'text' || type === 'reasoning') return [{ type, content: text }];
    if (type === 'tool-call') return [{ type: 'tool_call', id, name, arguments: input }];
    if (type === 'tool-result') return [{ type: 'tool_call_response', id, response: output }];
    return typeof part === 'object' && part !== null ? [part] : [];
  });
}
