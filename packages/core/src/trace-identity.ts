/** What the spans of one trace share in this process, in the form that costs the least. */
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
  /** The random bit belongs to the trace id and goes where it goes. */
  readonly isRandom: boolean;
  readonly traceState: TraceState | undefined;
  /** B3's and Jaeger's flag: the trace is to be kept whatever a sampler says, here and wherever it goes. */
  readonly isDebug: boolean;
  /** The span that called this service, whether its trace goes on here or not: a proxy forwards headers that name it. */
  caller: CallerIdentity | undefined = undefined;
  /** Stands for the `baggage` header that the call came with; 0 for none. The header itself is not kept. */
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

  /** Whether there is an id at all: a header may bring a sampling decision and nothing else. */
  get hasId(): boolean {
    return (this.a | this.b | this.c | this.d) !== 0;
  }

  /** 32 lower-case hex digits, made when first asked for. */
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

/** The span of a caller, with the other callers that headers of the same request named. */
export interface CallerIdentity extends SpanIdentity {
  readonly notes:
    | { readonly links: readonly { readonly context: { readonly traceId: string; readonly spanId: string } }[] }
    | undefined;
}
