/**
 * Encoded spans by scope. The bytes of each scope are written to one place, so a format that groups spans by scope copies nothing: the spans
 * of a request alternate between scopes.
 */
import type { InstrumentationScope } from '../instrumentation-scope.ts';
import { ByteWriter } from './byte-writer.ts';

/** The spans of one scope in a chunk. */
export interface ScopeSpans {
  readonly scope: InstrumentationScope;
  /** The bytes in parts, in the order in which the spans ended. There is at least one part. */
  readonly spans: readonly Buffer[];
}

export class SpansByScope {
  private readonly maxSpanBytes: number;
  private readonly writers = new Map<InstrumentationScope, ByteWriter>();
  private lastScope: InstrumentationScope | undefined = undefined;
  private lastWriter: ByteWriter | undefined = undefined;

  constructor(maxSpanBytes: number) {
    this.maxSpanBytes = maxSpanBytes;
  }

  /** Where spans of that scope are written. */
  writerFor(scope: InstrumentationScope): ByteWriter {
    if (scope === this.lastScope && this.lastWriter !== undefined) return this.lastWriter;
    let writer = this.writers.get(scope);
    if (writer === undefined) {
      writer = new ByteWriter(this.maxSpanBytes);
      this.writers.set(scope, writer);
    }
    this.lastScope = scope;
    this.lastWriter = writer;
    return writer;
  }

  /** Returns all spans since the last call. At least one was written. */
  take(): readonly ScopeSpans[] {
    const taken: ScopeSpans[] = [];
    for (const [scope, writer] of this.writers) {
      const spans = writer.takeChunk();
      if (spans.length > 0) taken.push({ scope, spans });
      else this.writers.delete(scope); // its block of bytes must not stay here if the scope was used once
    }
    this.lastScope = undefined;
    this.lastWriter = undefined;
    return taken;
  }
}
