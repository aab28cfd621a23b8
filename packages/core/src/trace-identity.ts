/** The ids of traces and spans, in the form that costs the least. */
import { traceIdToHex } from './ids.ts';
import type { TraceState } from './propagation/tracestate.ts';

/**
 * What all spans of one trace share in this process. Ids are signed 32-bit words, most significant first (see ids.ts).
 */
export class TraceIdentity {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  /** Whether the trace id is random, as W3C's flag says. It is passed on with the id. */
  readonly isRandom: boolean;
  readonly traceState: TraceState | undefined;
  /** B3's and Jaeger's debug flag: the trace is kept whatever a sampler decides, in this service and in those it calls. */
  readonly isDebug: boolean;
  /** The span that called this service, also if its trace ends here: a proxy may forward headers with its ids. */
  caller: CallerIdentity | undefined = undefined;
  /** A hash of the caller's `baggage` header; 0 for none. The header itself is not kept. */
  callerBaggageHash = 0;
  private hex: string | undefined = undefined;

  constructor(
    a: number,
    b: number,
    c: number,
    d: number,
    isRandom: boolean,
    traceState: TraceState | undefined,
    isDebug: boolean = false,
  ) {
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
    this.isRandom = isRandom;
    this.traceState = traceState;
    this.isDebug = isDebug;
  }

  /** Whether there is an id: a header may contain only a sampling decision. */
  get hasId(): boolean {
    return (this.a | this.b | this.c | this.d) !== 0;
  }

  /** 32 lower-case hex digits, made when first read. */
  get traceId(): string {
    this.hex ??= traceIdToHex(this.a, this.b, this.c, this.d);
    return this.hex;
  }

  /** The same trace with another tracestate; with none, if it is empty. */
  withTraceState(traceState: TraceState | undefined): TraceIdentity {
    const kept = traceState?.serialize() ? traceState : undefined;
    const trace = new TraceIdentity(this.a, this.b, this.c, this.d, this.isRandom, kept, this.isDebug);
    trace.caller = this.caller;
    trace.callerBaggageHash = this.callerBaggageHash;
    return trace;
  }
}

/** The ids of a span, and whether it is sampled. */
export interface SpanIdentity {
  readonly trace: TraceIdentity;
  readonly idHigh: number;
  readonly idLow: number;
  readonly isSampled: boolean;
}

/** The span of a caller, with the callers in other headers of the same request. */
export interface CallerIdentity extends SpanIdentity {
  readonly notes:
    | { readonly links: readonly { readonly context: { readonly traceId: string; readonly spanId: string } }[] }
    | undefined;
}
