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
  /** Those that have written to an earlier chunk: several chunks share their blocks. */
  private readonly known = new WeakSet<ByteWriter>();
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
      if (spans.length === 0) {
        this.writers.delete(scope); // its block of bytes must not stay here if the scope was used once
      } else {
        taken.push({ scope, spans: this.known.has(writer) ? spans : spans.map(copyIfSmall) });
        this.known.add(writer);
      }
    }
    this.lastScope = undefined;
    this.lastWriter = undefined;
    return taken;
  }
}

/**
 * A copy of bytes that fill less than half of their block. A chunk keeps whole blocks in memory: with scope names that change from chunk to
 * chunk, such as generated ones, each span would keep a block.
 */
function copyIfSmall(part: Buffer): Buffer {
  return part.length < part.buffer.byteLength / 2 ? Buffer.from(part) : part;
}
