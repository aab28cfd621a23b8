/**
 * The spans of the AI SDK before version 7, which takes a tracer for each call: its spans and attributes become those of OpenTelemetry's
 * conventions, as the channel of version 7 has them.
 *
 * @see https://v6.ai-sdk.dev/docs/ai-sdk-core/telemetry
 */
import { currentContext } from '../../active-context.ts';
import type { AttributeList } from '../../attributes.ts';
import { contained } from '../../count-fault.ts';
import { outside } from '../../outside-context.ts';
import { readProperty } from '../../read-property.ts';
import { optionsOf, tracedCaller } from '../caller.ts';
import { ModelCall } from '../models/model-call.ts';
import type { Parameters } from '../models/request-attributes.ts';
import { partsOf, providerOf, toMessage } from './ai-facts.ts';

/** What the AI SDK takes as `experimental_telemetry`. */
export interface AiTelemetry {
  /** Always `true`. */
  readonly isEnabled: true;
  /** Whether the SDK passes prompts on: as the option `contents` says. */
  readonly recordInputs: boolean;
  /** The same for answers. */
  readonly recordOutputs: boolean;
  /** The name of the agent. */
  readonly functionId?: string;
  /** A tracer in the form of OpenTelemetry's API. */
  readonly tracer: AiTracer;
}

/** A tracer in the form of OpenTelemetry's API, for the AI SDK only. */
export interface AiTracer {
  /** Starts a span, which is not active. */
  // biome-ignore lint/suspicious/noExplicitAny: as the types of OpenTelemetry's API, which is not a dependency
  startSpan(...args: any[]): any;
  /** Starts a span, and calls the last argument with it while it is active. */
  // biome-ignore lint/suspicious/noExplicitAny: as the types of OpenTelemetry's API, which is not a dependency
  startActiveSpan(...args: any[]): any;
}

/**
 * The telemetry of a call of the AI SDK 5 or 6: `invoke_agent` for the call, `chat <model>` for each call of a model, `execute_tool <name>` for
 * each tool, `embeddings <model>` and `rerank <model>`. Version 7 has no need of it, see {@link traceAi}.
 *
 * Not recorded: prompts, answers, arguments and results of tools, unless the option `contents` of `libraries.ai` is on.
 *
 * @param options `functionId`: the name of the agent, for the name of the span. Default: none.
 * @example
 * await generateText({ model, prompt, experimental_telemetry: aiTelemetry({ functionId: 'support' }) });
 */
export function aiTelemetry({ functionId }: { readonly functionId?: string } = {}): AiTelemetry {
  return {
    isEnabled: true,
    get recordInputs() {
      return recordsContents();
    },
    get recordOutputs() {
      return recordsContents();
    },
    ...(functionId !== undefined && { functionId }),
    tracer,
  };
}

function recordsContents(): boolean {
  return contained(optionsOf<'ai'>)('ai', currentContext() ?? outside)?.contents === true;
}

const tracer: AiTracer = {
  startSpan: (_name: unknown, options?: unknown) => startSpan(_name, options),
  startActiveSpan(name: unknown, ...rest: readonly unknown[]) {
    const fn = rest.at(-1) as (span: TelemetrySpan) => unknown; // as the API has it
    const span = startSpan(name, rest.length > 1 ? rest[0] : undefined);
    return span.run(() => fn(span));
  },
};

function startSpan(name: unknown, options: unknown): TelemetrySpan {
  const attributes = readProperty(options, 'attributes');
  return new TelemetrySpan(contained(begin)(String(name), (attributes ?? {}) as Parameters));
}

/** The operations of the spans with which the SDK has a single one here: the inner spans of embeddings say the same again. */
const operations: Readonly<Record<string, string>> = {
  'ai.generateText': 'invoke_agent',
  'ai.streamText': 'invoke_agent',
  'ai.generateObject': 'invoke_agent',
  'ai.streamObject': 'invoke_agent',
  'ai.generateText.doGenerate': 'chat',
  'ai.streamText.doStream': 'chat',
  'ai.generateObject.doGenerate': 'chat',
  'ai.streamObject.doStream': 'chat',
  'ai.embed': 'embeddings',
  'ai.embedMany': 'embeddings',
  'ai.rerank': 'rerank',
  'ai.toolCall': 'execute_tool',
};

/** The SDK's names for what the conventions name, as far as they differ. */
const names: Readonly<Record<string, string>> = {
  'ai.usage.cachedInputTokens': 'gen_ai.usage.cache_read.input_tokens',
  'ai.usage.reasoningTokens': 'gen_ai.usage.reasoning.output_tokens',
  'ai.usage.inputTokens': 'gen_ai.usage.input_tokens',
  'ai.usage.outputTokens': 'gen_ai.usage.output_tokens',
  'ai.usage.tokens': 'gen_ai.usage.input_tokens',
};

function begin(name: string, given: Parameters): ModelCall | undefined {
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  const caller = operation === undefined ? undefined : tracedCaller('ai');
  if (operation === undefined || caller === undefined) return undefined;
  const isTool = operation === 'execute_tool';
  const attributes: AttributeList = isTool ? toolAttributes(given) : modelAttributes(given);
  if (/doStream$|\.stream/.test(name)) attributes.push('gen_ai.request.stream', true);
  const agent = given['ai.telemetry.functionId'];
  const isAgent = operation === 'invoke_agent';
  if (isAgent && typeof agent === 'string') attributes.push('gen_ai.agent.name', agent);
  const target = isAgent ? agent : given[isTool ? 'ai.toolCall.name' : 'ai.model.id'];
  const call = ModelCall.begin(caller, {
    library: 'ai',
    operation,
    target: typeof target === 'string' ? target : undefined,
    kind: isTool || isAgent ? 'internal' : 'client',
    attributes,
  });
  recordContents(call, given);
  return call;
}

function modelAttributes(given: Parameters): AttributeList {
  const attributes: AttributeList = [
    'gen_ai.provider.name',
    providerOf(given['ai.model.provider'] ?? given['gen_ai.system']),
  ];
  const model = given['ai.model.id'];
  if (typeof model === 'string') attributes.push('gen_ai.request.model', model);
  for (const [key, value] of Object.entries(given)) {
    if (!key.startsWith('gen_ai.request.') || key === 'gen_ai.request.model') continue;
    if (typeof value === 'number') attributes.push(key, value);
    else if (Array.isArray(value) && value.length > 0) attributes.push(key, value.map(String));
  }
  return attributes;
}

function toolAttributes(given: Parameters): AttributeList {
  const { 'ai.toolCall.name': name, 'ai.toolCall.id': id } = given;
  const attributes: AttributeList = [];
  if (typeof name === 'string') attributes.push('gen_ai.tool.name', name);
  attributes.push('gen_ai.tool.type', 'function');
  if (typeof id === 'string') attributes.push('gen_ai.tool.call.id', id);
  return attributes;
}

/** The SDK has most of them as JSON. */
function recordContents(call: ModelCall | undefined, given: Parameters): void {
  if (call?.hasContents !== true) return;
  const messages = parsed(given['ai.prompt.messages']);
  if (Array.isArray(messages)) call.setContent('gen_ai.input.messages', messages.map(toMessage));
  const answer = given['ai.response.text'] ?? given['ai.response.object'];
  const calls = parsed(given['ai.response.toolCalls']);
  const parts = [...(answer === undefined ? [] : partsOf(answer)), ...(Array.isArray(calls) ? partsOf(calls) : [])];
  if (parts.length > 0) call.setContent('gen_ai.output.messages', [{ role: 'assistant', parts }]);
  call.setContent('gen_ai.tool.call.arguments', parsed(given['ai.toolCall.args']));
  call.setContent('gen_ai.tool.call.result', parsed(given['ai.toolCall.result']));
}

function parsed(json: unknown): unknown {
  if (typeof json !== 'string') return json;
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

/** A span in the form that the SDK uses. Of its attributes those with names in the conventions are recorded. */
class TelemetrySpan {
  private readonly call: ModelCall | undefined;
  private error: { readonly error: unknown } | undefined = undefined;

  constructor(call: ModelCall | undefined) {
    this.call = call;
    call?.endWhenDropped(this); // a stream that is never read has no end
  }

  run(fn: () => unknown): unknown {
    return this.call === undefined ? fn() : this.call.run(fn);
  }

  setAttributes(attributes: unknown): this {
    contained(record)(this.call, attributes);
    return this;
  }

  setAttribute(key: string, value: unknown): this {
    return this.setAttributes({ [key]: value });
  }

  /** Its events repeat what attributes say. */
  addEvent(): this {
    return this;
  }

  addLink(): this {
    return this;
  }

  addLinks(): this {
    return this;
  }

  /** The status comes with the exception. */
  setStatus(): this {
    return this;
  }

  updateName(): this {
    return this;
  }

  recordException(error: unknown): void {
    this.error ??= { error };
  }

  isRecording(): boolean {
    return this.call !== undefined;
  }

  spanContext(): object {
    return this.call?.spanContext() ?? { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 };
  }

  end(): void {
    contained(end)(this.call, this.error);
  }
}

function end(call: ModelCall | undefined, failure: { readonly error: unknown } | undefined): void {
  if (failure === undefined) call?.end();
  else call?.fail(failure.error);
}

function record(call: ModelCall | undefined, given: unknown): void {
  if (call === undefined || typeof given !== 'object' || given === null) return;
  // Tokens of a whole agent are those of its calls.
  const isAgent = call.operationName === 'invoke_agent';
  for (const [key, value] of Object.entries(given)) {
    if (isAgent) continue;
    if (key.startsWith('gen_ai.response.') || key.startsWith('gen_ai.usage.')) call.set(key, value);
    else if (Object.hasOwn(names, key)) call.set(names[key] as string, value);
    else if (key === 'ai.response.msToFirstChunk' && typeof value === 'number') {
      call.set('gen_ai.response.time_to_first_chunk', value / 1000);
    }
  }
  recordContents(call, given as Parameters);
}
