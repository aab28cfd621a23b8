/** Samplers: whether a span is recorded, decided before anything else is done for it. */
import type { Attributes } from './attributes.ts';
import { describeValue, WaymarkError } from './errors.ts';
import { readOtMember, withThreshold } from './propagation/ot-tracestate.ts';
import type { TraceState } from './propagation/tracestate.ts';
import type { Link, NonRecordingSpan, RecordingSpan, SpanKind } from './span.ts';
import type { TraceIdentity } from './span-context.ts';

/** What is known when a span starts. */
export interface SamplingInput {
  readonly name: string;
  readonly kind: SpanKind;
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** Absent for the first span of a trace. */
  readonly parent?: {
    /** `undefined` where the caller sent no more than a decision, or a trace id. */
    readonly spanId: string | undefined;
    /** `undefined` where the caller left the decision to us. */
    readonly isSampled: boolean | undefined;
    readonly isRemote: boolean;
  };
  /** For a server span: `http.request.method`, `url.path`, `url.query`, `url.scheme`, `server.address`, … */
  readonly attributes: Attributes;
  readonly links: readonly Link[];
  readonly traceState?: TraceState;
}

export interface SamplingResult {
  readonly sampled: boolean;
  /** Set on the span beside those it starts with. */
  readonly attributes?: Attributes;
  /** Replaces the trace's tracestate from this span on; absent: as it was. */
  readonly traceState?: TraceState | undefined;
}

/** The part of a decision's input that costs nothing to give: the built-in samplers need no more. */
export interface SamplingFacts {
  readonly trace: TraceIdentity;
  readonly parent: RecordingSpan | NonRecordingSpan | undefined;
  /** Makes the rest, for a sampler that asks. */
  input(): SamplingInput;
}

/** Decides on spans. Made by the functions of this file. */
export interface Sampler {
  /** OpenTelemetry's description, such as `ParentBased{root=AlwaysOnSampler}`. */
  readonly description: string;
  /** Whether a child of a span of this process always shares its fate, so that nobody need ask. */
  readonly followsLocalParent: boolean;
  decide(facts: SamplingFacts): SamplingResult;
}

/** A sampler of your own: `true` or `false`, or a result with attributes and tracestate. */
export type SamplerFunction = (input: SamplingInput) => boolean | SamplingResult;

const yes: SamplingResult = Object.freeze({ sampled: true });
const no: SamplingResult = Object.freeze({ sampled: false });

/** Records every span. */
export function alwaysOnSampler(): Sampler {
  return { description: 'AlwaysOnSampler', followsLocalParent: false, decide: () => yes };
}

/** Records none. The context still travels on, marked as not sampled. */
export function alwaysOffSampler(): Sampler {
  return { description: 'AlwaysOffSampler', followsLocalParent: false, decide: () => no };
}

const randomnessBits = 56;

/**
 * Records a share of all traces, by the trace id: services that use the same rule (any OpenTelemetry SDK that follows the
 * specification) keep the same traces, and those that keep more keep a superset.
 *
 * @param ratio Share of traces to keep, 0 to 1.
 * @throws {WaymarkError} `WAYMARK_INVALID_SAMPLER` outside that range.
 * @see https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 */
export function traceIdRatioSampler(ratio: number): Sampler {
  if (typeof ratio !== 'number' || !(ratio >= 0 && ratio <= 1)) {
    throw new WaymarkError(
      'WAYMARK_INVALID_SAMPLER',
      `The sampling ratio must be a number from 0 to 1, got ${describeValue(ratio)}. Use 0.1 to keep a tenth of all traces.`,
    );
  }
  const description = `TraceIdRatioBased{${ratio}}`;
  if (ratio === 0) return { description, followsLocalParent: false, decide: () => no };

  // A trace is rejected below this threshold. BigInt, as 56 bits do not fit a double; only here, at set-up.
  const kept = BigInt(Math.max(1, Math.round(ratio * 2 ** randomnessBits)));
  const threshold = (1n << BigInt(randomnessBits)) - kept;
  const thresholdHigh = Number(threshold >> 32n);
  const thresholdLow = Number(threshold & 0xffffffffn);
  const thresholdHex = threshold.toString(16).padStart(14, '0').replace(/0+$/, '') || '0';
  // Most traces start here without a tracestate: they share this one.
  const freshResult: SamplingResult = { sampled: true, traceState: withThreshold(undefined, thresholdHex) };

  return {
    description,
    followsLocalParent: false,
    decide({ trace }) {
      const { traceState } = trace;
      if (traceState === undefined) {
        return isAtLeast(trace.c & 0xffffff, trace.d >>> 0, thresholdHigh, thresholdLow) ? freshResult : no;
      }
      const explicit = readOtMember(traceState)?.randomness;
      const high = explicit ? Number.parseInt(explicit.slice(0, 6), 16) : trace.c & 0xffffff;
      const low = explicit ? Number.parseInt(explicit.slice(6), 16) : trace.d >>> 0;
      const sampled = isAtLeast(high, low, thresholdHigh, thresholdLow);
      return { sampled, traceState: withThreshold(traceState, sampled ? thresholdHex : undefined) };
    },
  };
}

function isAtLeast(high: number, low: number, thresholdHigh: number, thresholdLow: number): boolean {
  return high > thresholdHigh || (high === thresholdHigh && low >= thresholdLow);
}

/** Which sampler decides for which parent. Absent: what the parent decided. */
export interface ParentBasedOptions {
  /** For traces that start here. */
  readonly root: Sampler;
  readonly remoteParentSampled?: Sampler;
  readonly remoteParentNotSampled?: Sampler;
  readonly localParentSampled?: Sampler;
  readonly localParentNotSampled?: Sampler;
}

/**
 * Does as the parent did, and asks `root` where there is none.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk/#parentbased
 */
export function parentBasedSampler(options: ParentBasedOptions): Sampler {
  const { root, remoteParentSampled, remoteParentNotSampled, localParentSampled, localParentNotSampled } = options;
  return {
    description: `ParentBased{root=${root.description}}`,
    followsLocalParent: localParentSampled === undefined && localParentNotSampled === undefined,
    decide(facts) {
      const { parent } = facts;
      if (parent === undefined) return root.decide(facts);
      const isRemote = 'mode' in parent && parent.mode === 'remote';
      if (isRemote && parent.notes?.isDeferred) return root.decide(facts);
      const chosen = parent.isSampled
        ? isRemote
          ? remoteParentSampled
          : localParentSampled
        : isRemote
          ? remoteParentNotSampled
          : localParentNotSampled;
      if (chosen) return chosen.decide(facts);
      return parent.isSampled ? yes : no;
    },
  };
}

/**
 * A sampler from a function. It is asked for each span, so children of a span that it dropped are put to it as well; put
 * it under {@link parentBasedSampler} to be asked once per trace.
 *
 * If it throws, the span is not sampled, and the fault is counted.
 */
export function samplerFrom(fn: SamplerFunction, onError: (error: unknown) => void = () => {}): Sampler {
  return {
    description: `Function{${fn.name || 'anonymous'}}`,
    followsLocalParent: false,
    decide(facts) {
      try {
        const answer = fn(facts.input());
        if (typeof answer === 'boolean') return answer ? yes : no;
        if (typeof answer?.sampled === 'boolean') return answer;
        onError(new TypeError(`a sampler must answer true, false or { sampled }, got ${describeValue(answer)}`));
      } catch (error) {
        onError(error);
      }
      return no;
    },
  };
}
