/**
 * One call of a model, an agent or a tool: its span, by OpenTelemetry's conventions for generative AI.
 *
 * The span of a model's call ends with the answer. A streamed answer ends when it has been read, when it is left early, aborted or
 * fails, and when the application drops it unread: then the collector finds it.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
 */
import type { AttributeValue } from '../../attribute-value.ts';
import type { AttributeList } from '../../attributes.ts';
import type { Context } from '../../context.ts';
import { countFault } from '../../count-fault.ts';
import { exceptionTypeOf } from '../../exception.ts';
import type { ModelOptionsByLibrary } from '../../library-options/models.ts';
import { processState } from '../../process-state.ts';
import type { SharedAttributes } from '../../shared-attributes.ts';
import type { SpanContext } from '../../span-context.ts';
import type { SpanKind } from '../../span-kind.ts';
import { optionsOf } from '../caller.ts';
import { Operation } from '../operation.ts';
import { contentJson } from './content-json.ts';
import { safeMessage } from './safe-message.ts';

/** The libraries whose calls are spans of this kind. */
export type ModelLibrary = keyof ModelOptionsByLibrary;

export interface ModelCallFacts {
  readonly library: ModelLibrary;
  /** `gen_ai.operation.name`, such as `chat`. */
  readonly operation: string;
  /** What follows it in the name of the span: the model, the tool, the agent. */
  readonly target: string | undefined;
  readonly kind: SpanKind;
  /** Without the name of the operation. The list belongs to the span from then on. */
  readonly attributes: AttributeList;
  /** Of all calls of one client: provider and server. */
  readonly shared?: SharedAttributes | undefined;
}

/** Tokens, as far as the provider says. */
export interface TokenUsage {
  /** All of the input, cached tokens included. */
  readonly input?: unknown;
  readonly output?: unknown;
  readonly cacheRead?: unknown;
  readonly cacheCreation?: unknown;
  readonly reasoning?: unknown;
}

// What is still held here has not ended. A stream that is never read ends its span in this way.
const unread = new FinalizationRegistry<ModelCall>((call) => call.endUnread());

const { storage } = processState;

export class ModelCall {
  /** Whether prompts, answers, and the arguments and results of tools are recorded. */
  readonly hasContents: boolean;
  readonly operationName: string;
  private readonly operation: Operation;
  private hasChunk = false;
  private hasEnded = false;
  /** On the clock of the span: when the answer, or its last part so far, came. */
  private lastSignMs: number | undefined = undefined;
  private failure: { readonly error: unknown } | undefined = undefined;

  /**
   * @param caller From `tracedCaller()`.
   * @returns `undefined` if the span is not recorded.
   */
  static begin(caller: Context, facts: ModelCallFacts): ModelCall | undefined {
    const { library, operation, target, kind, attributes, shared } = facts;
    const begun = Operation.begin(caller, {
      library,
      name: target === undefined ? operation : `${operation} ${target}`,
      kind,
      attributes: ['gen_ai.operation.name', operation, ...attributes],
      shared,
    });
    return begun === undefined ? undefined : new ModelCall(begun, library, operation);
  }

  private constructor(operation: Operation, library: ModelLibrary, operationName: string) {
    this.operation = operation;
    this.operationName = operationName;
    this.hasContents = optionsOf(library, operation.caller)?.contents === true;
  }

  /** The context for what belongs below: the requests of HTTP. */
  context(): Context {
    return this.operation.context();
  }

  /** Its ids. */
  spanContext(): SpanContext | undefined {
    return this.operation.recording?.spanContext();
  }

  /** Calls `fn` in the context of the span. What the caller awaits afterwards runs in the caller's. */
  run<Result>(fn: () => Result): Result {
    return storage.run(this.context(), fn);
  }

  /** `undefined` and `null` are skipped. */
  set(key: string, value: unknown): void {
    if (value !== undefined && value !== null) this.operation.set(key, value as AttributeValue); // checked by the span
  }

  /** A fact that only the answer has. Anything but a string that is not empty is skipped. */
  setText(key: string, value: unknown): void {
    if (typeof value === 'string' && value !== '') this.operation.set(key, value);
  }

  /** Skipped unless contents are asked for. */
  setContent(key: string, value: unknown): void {
    if (this.hasContents && value !== undefined && value !== null) this.set(key, contentJson(value));
  }

  updateName(name: string): void {
    this.operation.updateName(name);
  }

  setUsage({ input, output, cacheRead, cacheCreation, reasoning }: TokenUsage): void {
    this.setCount('gen_ai.usage.input_tokens', input);
    this.setCount('gen_ai.usage.output_tokens', output);
    this.setCount('gen_ai.usage.cache_read.input_tokens', cacheRead);
    this.setCount('gen_ai.usage.cache_creation.input_tokens', cacheCreation);
    this.setCount('gen_ai.usage.reasoning.output_tokens', reasoning);
  }

  private setCount(key: string, value: unknown): void {
    if (typeof value === 'number' && Number.isFinite(value)) this.operation.set(key, value);
  }

  /** A part of a streamed answer has come. The first one is timed. */
  noteChunk(): void {
    const span = this.operation.recording;
    if (span === undefined || this.hasEnded) return;
    this.lastSignMs = span.nowMs();
    if (this.hasChunk) return;
    this.hasChunk = true;
    span.setAttribute('gen_ai.response.time_to_first_chunk', (this.lastSignMs - span.startMs) / 1000);
  }

  /** The answer, or its head, has come, and may be read later or never. */
  noteArrival(): void {
    this.lastSignMs = this.operation.recording?.nowMs();
  }

  /** Ends the span when the collector finds that the application has dropped `owner`, which the call must not refer to. */
  endWhenDropped(owner: object): void {
    unread.unregister(this);
    if (!this.hasEnded) unread.register(owner, this, this);
  }

  /** The answer is being read: its end will be seen. */
  keep(): void {
    unread.unregister(this);
  }

  /** What is below has failed. It counts if the end of this call is never seen. */
  noteFailure(error: unknown): void {
    this.noteArrival();
    this.failure = { error };
  }

  /** At the last sign of the answer. */
  endUnread(): void {
    if (this.hasEnded) return;
    try {
      if (this.failure !== undefined) this.fail(this.failure.error, this.lastSignMs);
      this.hasEnded = true;
      this.operation.recording?.end(this.lastSignMs);
    } catch (error) {
      countFault(error);
    }
  }

  /** Only the first end or failure counts. */
  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    unread.unregister(this);
    this.operation.end();
  }

  /** The message of an error may have parts of a prompt or an answer, so it is recorded only where it cannot. */
  fail(error: unknown, atMs?: number): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    unread.unregister(this);
    const span = this.operation.recording;
    if (span === undefined) return;
    try {
      span.setAttribute('error.type', exceptionTypeOf(error) ?? '_OTHER');
      span.setStatus({ code: 'error', message: safeMessage(error, this.hasContents) });
    } finally {
      span.end(atMs); // also if reading the error throws
    }
  }

  /** The answer says by itself that the call has failed. */
  failWith(type: string): void {
    if (this.hasEnded) return;
    this.operation.set('error.type', type);
    this.operation.recording?.setStatus({ code: 'error' });
    this.end();
  }
}
