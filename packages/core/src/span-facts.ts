/** What a sampler may read about a span that starts. Objects are made only when it calls `input()`. */
import type { Attributes } from './attribute-value.ts';
import type { InternalSamplingFacts, SamplingInput } from './sampler.ts';
import type { Link } from './span.ts';
import type { SpanKind } from './span-kind.ts';
import type { SpanStart } from './span-options.ts';
import type { TraceIdentity } from './trace-identity.ts';
import type { WaymarkSpan } from './waymark-span.ts';

const noLinks: readonly Link[] = Object.freeze([]);
const noAttributes: Attributes = Object.freeze({});

export class SpanFacts implements InternalSamplingFacts {
  readonly trace: TraceIdentity;
  readonly parent: WaymarkSpan | undefined;
  private readonly name: string;
  private readonly kind: SpanKind;
  private readonly options: SpanStart;

  constructor(trace: TraceIdentity, parent: WaymarkSpan | undefined, name: string, kind: SpanKind, options: SpanStart) {
    this.trace = trace;
    this.parent = parent;
    this.name = name;
    this.kind = kind;
    this.options = options;
  }

  input(): SamplingInput {
    const { trace, parent, name, kind, options } = this;
    return {
      name,
      kind,
      traceId: trace.traceId,
      ...(parent && {
        parent: {
          spanId: (parent.idHigh | parent.idLow) === 0 ? undefined : parent.spanId,
          isSampled: parent.mode !== undefined && parent.notes?.isDeferred ? undefined : parent.isSampled,
          isRemote: parent.mode !== undefined && parent.mode === 'remote',
        },
      }),
      attributes: options.attributes ?? options.samplingAttributes?.() ?? noAttributes,
      links: options.links ?? noLinks,
      ...(trace.traceState && { traceState: trace.traceState }),
    };
  }
}
