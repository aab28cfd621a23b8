/** What is used of `@azure/core-tracing`: the contract for tracers of the Azure SDK. */

/** Immutable. */
export interface TracingContext {
  setValue(key: symbol, value: unknown): TracingContext;
  getValue(key: symbol): unknown;
  deleteValue(key: symbol): TracingContext;
}

export interface SpanOptions {
  readonly packageName?: string;
  readonly spanKind?: string;
  readonly spanAttributes?: Readonly<Record<string, unknown>>;
  readonly spanLinks?: readonly { readonly tracingContext?: TracingContext }[];
  /** `undefined`: that which is active. */
  readonly tracingContext?: TracingContext | undefined;
}

export interface TracingSpan {
  setStatus(status: unknown): void;
  setAttribute(name: string, value: unknown): void;
  recordException(error: unknown): void;
  addEvent(): void;
  isRecording(): boolean;
  end(): void;
}

/** @see https://learn.microsoft.com/javascript/api/@azure/core-tracing/instrumenter */
export interface Instrumenter {
  startSpan(
    name: string,
    options: SpanOptions,
  ): { readonly span: TracingSpan; readonly tracingContext: TracingContext };
  withContext(context: TracingContext, fn: (...args: unknown[]) => unknown, ...args: unknown[]): unknown;
  parseTraceparentHeader(header: string): TracingContext | undefined;
  createRequestHeaders(context?: TracingContext): Record<string, string>;
}
