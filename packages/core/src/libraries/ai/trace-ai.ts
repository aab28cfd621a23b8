/**
 * The spans of the AI SDK 7, by its own channel: `invoke_agent` for a call of the SDK, below it `chat` for each call of a model and
 * `execute_tool` for each call of a tool. A step of an agent has no span: it is what lies between two calls of the model.
 *
 * @see https://ai-sdk.dev/docs/ai-sdk-core/telemetry
 */
import type { AttributeList } from '../../attributes.ts';
import type { Context } from '../../context.ts';
import { readProperty } from '../../read-property.ts';
import type { Span } from '../../span.ts';
import { tracedCaller } from '../caller.ts';
import { type ChannelHandlers, type ChannelOperation, subscribeChannel } from '../channel-subscriber.ts';
import { ModelCall } from '../models/model-call.ts';
import type { Parameters } from '../models/request-attributes.ts';
import type { Trace } from '../trace.ts';
import { traceGiven } from '../trace-given.ts';
import { callAttributes, partsOf, recordAnswer, recordPrompt, recordResponse } from './ai-facts.ts';
import { watchModelStream } from './model-stream.ts';

/** A message of the channel. The event also has prompts, and the result answers. */
interface AiMessage {
  readonly type?: unknown;
  readonly event?: Parameters;
  readonly result?: unknown;
}

/** A call whose span may end after the message that says so: with the stream of the answer. */
class AiCall implements ChannelOperation {
  readonly call: ModelCall;
  private readonly agent: ModelCall | undefined;
  private isStreamed = false;

  constructor(call: ModelCall, agent: ModelCall | undefined) {
    this.call = call;
    this.agent = agent;
  }

  context(): Context {
    return this.call.context();
  }

  fail(error: unknown): void {
    this.call.fail(error);
  }

  follow(stream: ReadableStream<unknown>): void {
    this.isStreamed = true;
    watchModelStream(stream, this.call, this.agent);
  }

  end(): void {
    if (!this.isStreamed) this.call.end();
  }
}

/** By their spans. */
const agents = new WeakMap<Span, ModelCall>();

const handlers: ChannelHandlers<AiMessage, AiCall> = {
  nests: true,

  start(message) {
    const caller = tracedCaller('ai');
    if (caller === undefined) return undefined;
    const call = begin(caller, message);
    if (call === undefined) return undefined;
    // A stream that is never read has no end.
    call.endWhenDropped(message);
    const { span } = call.context();
    if (call.operationName === 'invoke_agent' && span !== undefined) agents.set(span, call);
    return new AiCall(call, caller.span === undefined ? undefined : agents.get(caller.span));
  },

  succeed(operation, { type, result }) {
    const { call } = operation;
    if (type === 'languageModelCall') {
      const stream = readProperty(result, 'stream');
      if (stream instanceof ReadableStream) {
        call.set('gen_ai.request.stream', true);
        operation.follow(stream);
        return;
      }
      recordAnswer(call, result);
      if (!call.hasContents) return;
      const parts = partsOf(readProperty(result, 'content'));
      call.setContent('gen_ai.output.messages', [{ role: 'assistant', parts }]);
    } else if (type === 'embed' || type === 'embedMany' || type === 'rerank') {
      recordAnswer(call, result);
      recordResponse(call, readProperty(result, 'response'));
    } else if (type === 'executeTool') {
      const output = readProperty(result, 'output');
      if (readProperty(output, 'type') === 'tool-error') call.fail(readProperty(output, 'error'));
      else call.setContent('gen_ai.tool.call.result', readProperty(output, 'output'));
    }
  },
};

function begin(caller: Context, { type, event }: AiMessage): ModelCall | undefined {
  const { modelId, functionId } = event ?? {};
  const model = typeof modelId === 'string' ? modelId : undefined;
  switch (type) {
    case 'generateText':
    case 'streamText': {
      const agent = typeof functionId === 'string' && functionId !== '' ? functionId : undefined;
      const attributes = callAttributes(event, type === 'streamText');
      if (agent !== undefined) attributes.push('gen_ai.agent.name', agent);
      return ModelCall.begin(caller, {
        library: 'ai',
        operation: 'invoke_agent',
        target: agent,
        kind: 'internal',
        attributes,
      });
    }
    case 'languageModelCall': {
      const attributes = callAttributes(event, false);
      const call = ModelCall.begin(caller, {
        library: 'ai',
        operation: 'chat',
        target: model,
        kind: 'client',
        attributes,
      });
      if (call?.hasContents === true) recordPrompt(call, event);
      return call;
    }
    case 'embed':
    case 'embedMany':
      return beginModel(caller, 'embeddings', model, event);
    case 'rerank':
      return beginModel(caller, 'rerank', model, event);
    case 'executeTool':
      return beginTool(caller, event?.toolCall);
    default:
      return undefined; // a step
  }
}

function beginModel(
  caller: Context,
  operation: string,
  target: string | undefined,
  event: Parameters | undefined,
): ModelCall | undefined {
  const attributes = callAttributes(event, false);
  return ModelCall.begin(caller, { library: 'ai', operation, target, kind: 'client', attributes });
}

function beginTool(caller: Context, toolCall: unknown): ModelCall | undefined {
  const { toolName, toolCallId, input } = (toolCall ?? {}) as Parameters;
  const name = typeof toolName === 'string' ? toolName : undefined;
  const attributes: AttributeList = [];
  if (name !== undefined) attributes.push('gen_ai.tool.name', name);
  attributes.push('gen_ai.tool.type', 'function');
  if (typeof toolCallId === 'string') attributes.push('gen_ai.tool.call.id', toolCallId);
  const call = ModelCall.begin(caller, {
    library: 'ai',
    operation: 'execute_tool',
    target: name,
    kind: 'internal',
    attributes,
  });
  call?.setContent('gen_ai.tool.call.arguments', input);
  return call;
}

/**
 * Traces the AI SDK 7, `ai`, by its channel `ai:telemetry`. `tracing()` does so by itself, also where the SDK was loaded before; this function
 * is for bundles. Before version 7, pass {@link aiTelemetry} to each call.
 *
 * `generateText()`, `streamText()` and agents have a span `invoke_agent`, with the name of `telemetry.functionId`. Below it is `chat <model>` for
 * each call of a model, which ends with the stream of the answer, and `execute_tool <name>` for each tool. `embed()`, `embedMany()`
 * and `rerank()` have one span.
 *
 * Not traced: `generateObject()` and `streamObject()`, for which the SDK publishes nothing, and calls with `telemetry: { isEnabled: false }`. Not
 * recorded: prompts, answers, arguments and results of tools, unless the option `contents` is on.
 *
 * @param ai The exports of `ai`.
 * @returns What was given. May be called again.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else, such as version 6.
 * @see https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-agent-spans/
 * @example
 * import * as ai from 'ai';
 * traceAi(ai);
 */
export function traceAi<Given extends object>(ai: Given): Given {
  return traceGiven(
    'ai',
    (given) => traceAiModule(given, undefined),
    ai,
    'traceAi(ai)',
    'the exports of ai 7 and later',
  );
}

/** @param given `undefined` if it was found by its channel. */
export const traceAiModule: Trace = (given) => {
  if (given !== undefined && typeof readProperty(given, 'registerTelemetry') !== 'function') return undefined;
  subscribeChannel<AiMessage, AiCall>('ai:telemetry', handlers);
  return 'channel';
};
