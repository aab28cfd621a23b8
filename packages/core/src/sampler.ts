/** Samplers: whether a span is recorded, decided before anything else is done for it. */
import type { Attributes } from './attribute-value.ts';
import { describeValue, nameOf, WaymarkError } from './errors.ts';
import { readOtMember, withThreshold } from './propagation/ot-tracestate.ts';
import type { TraceState } from './propagation/tracestate.ts';
import { readOption } from './read-option.ts';
import { readProperty, unreadable } from './read-property.ts';
import { meant } from './settings/named-values.ts';
import type { Link } from './span.ts';
import type { SpanKind } from './span-kind.ts';
import type { TraceIdentity } from './trace-identity.ts';
import type { WaymarkSpan } from './waymark-span.ts';

/** The input of a decision: what is known when a span starts. */
export interface SamplingInput {
  /** The name that the span starts with. */
  readonly name: string;
  /** `internal` unless it was set. */
  readonly kind: SpanKind;
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** Absent for the first span of a trace. */
  readonly parent?: {
    /** `undefined` if the caller sent only a decision, or only a trace id. */
    readonly spanId: string | undefined;
    /** `undefined` if the caller left the decision to this service. */
    readonly isSampled: boolean | undefined;
    readonly isRemote: boolean;
  };
  /** For a server span: `http.request.method`, `url.path`, `url.query`, `url.scheme`, `server.address`, … */
  readonly attributes: Attributes;
  /** The links that the span starts with. */
  readonly links: readonly Link[];
  /** The tracestate of the trace so far; absent if it has none. */
  readonly traceState?: TraceState;
}

/** What a sampler decides. */
export interface SamplingResult {
  /** Whether the span is recorded and sent. */
  readonly sampled: boolean;
  /** Set on the span, after those it starts with. */
  readonly attributes?: Attributes | undefined;
  /** Replaces the trace's own from this span on; `TraceState.empty` for none. Absent: it stays as it is. */
  readonly traceState?: TraceState | undefined;
}

/** What a sampler decides on. Pass the object on as it is to a sampler that yours wraps. */
export interface SamplingFacts {
  /** Makes the input. Samplers that do not call this cost the least. */
  input(): SamplingInput;
}

/** With the parts that cost nothing to pass: the built-in samplers need no more. */
export interface InternalSamplingFacts extends SamplingFacts {
  readonly trace: TraceIdentity;
  readonly parent: WaymarkSpan | undefined;
}

/** Decides on spans. If it throws, the span is not sampled, and the fault is counted. */
export interface Sampler {
  /** OpenTelemetry's description, such as `ParentBased{root=AlwaysOnSampler}`. */
  readonly description: string;
  /** Whether a child of a local span always gets the same decision, so that `decide()` need not be called for it. */
  readonly followsLocalParent: boolean;
  /** The decision for one span. */
  decide(facts: SamplingFacts): SamplingResult;
}

/**
 * Your own sampler: returns `true` or `false`, or a result with attributes and tracestate. It is called for each span, also for
 * children of a span that it dropped; as `root` of {@link parentBasedSampler} it is called once per trace. If it throws, or
 * returns anything else, the span is not sampled, and the fault is counted.
 *
 * @example
 * createTracer({ sampler: parentBasedSampler({ root: ({ attributes }) => attributes['url.path'] !== '/health' }) });
 */
export type SamplerFunction = (input: SamplingInput) => boolean | SamplingResult;

/** OpenTelemetry's names, as in `OTEL_TRACES_SAMPLER`. */
export type SamplerName =
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | 'parentbased_always_on'
  | 'parentbased_always_off'
  | 'parentbased_traceidratio';

/** A sampler by name, with its argument: the share of traces to keep, 0 to 1. */
export interface RatioSampler {
  /** OpenTelemetry's name. */
  readonly name: 'traceidratio' | 'parentbased_traceidratio';
  /** Share of traces to keep, 0 to 1. */
  readonly ratio: number;
}

/** A sampler in any of its forms: a name, a name with its ratio, a sampler, or a function. */
export type SamplerOption = SamplerName | RatioSampler | Sampler | SamplerFunction;

const yes: SamplingResult = Object.freeze({ sampled: true });
/** Also the decision after a fault. */
export const notSampled: SamplingResult = Object.freeze({ sampled: false });

/** Records every span. */
export function alwaysOnSampler(): Sampler {
  return { description: 'AlwaysOnSampler', followsLocalParent: false, decide: () => yes };
}

/** Records no span. The context is still propagated, marked as not sampled. */
export function alwaysOffSampler(): Sampler {
  return { description: 'AlwaysOffSampler', followsLocalParent: false, decide: () => notSampled };
}

const randomnessBits = 56;

/**
 * Records a share of all traces, chosen by the trace id. Services with the same rule (any OpenTelemetry SDK that follows the
 * specification) keep the same traces, and services with a larger share keep a superset.
 *
 * @param ratio The share of traces to keep, 0 to 1.
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
  if (ratio === 0) return { description, followsLocalParent: false, decide: () => notSampled };

  // A trace is rejected below this threshold. BigInt, as 56 bits do not fit a double; it is used at set-up only.
  const kept = BigInt(Math.max(1, Math.round(ratio * 2 ** randomnessBits)));
  const threshold = (1n << BigInt(randomnessBits)) - kept;
  const thresholdHigh = Number(threshold >> 32n);
  const thresholdLow = Number(threshold & 0xffffffffn);
  const thresholdHex = threshold.toString(16).padStart(14, '0').replace(/0+$/, '') || '0';
  // Most traces start here without a tracestate: they share this result.
  const freshResult: SamplingResult = { sampled: true, traceState: withThreshold(undefined, thresholdHex) };

  return {
    description,
    followsLocalParent: false,
    decide({ trace }: InternalSamplingFacts) {
      const { traceState } = trace;
      const explicit = traceState && readOtMember(traceState).randomness;
      const high = explicit ? Number.parseInt(explicit.slice(0, 6), 16) : trace.c & 0xffffff;
      const low = explicit ? Number.parseInt(explicit.slice(6), 16) : trace.d >>> 0;
      if (high < thresholdHigh || (high === thresholdHigh && low < thresholdLow)) return notSampled;
      return traceState ? { sampled: true, traceState: withThreshold(traceState, thresholdHex) } : freshResult;
    },
  };
}

/** Which sampler decides for which parent. Absent: the parent's decision is followed. */
export interface ParentBasedOptions {
  /** For traces that start here. */
  readonly root: SamplerOption;
  /** Decides where a parent in another process was sampled. Default: `alwaysOnSampler()`. */
  readonly remoteParentSampled?: SamplerOption | undefined;
  /** Decides where a parent in another process was not sampled. Default: `alwaysOffSampler()`. */
  readonly remoteParentNotSampled?: SamplerOption | undefined;
  /** Decides where a parent in this process was sampled. Default: `alwaysOnSampler()`. */
  readonly localParentSampled?: SamplerOption | undefined;
  /** Decides where a parent in this process was not sampled. Default: `alwaysOffSampler()`. */
  readonly localParentNotSampled?: SamplerOption | undefined;
}

/**
 * Follows the parent's decision. Without a parent `root` decides.
 *
 * @throws {WaymarkError} `WAYMARK_INVALID_SAMPLER` if one of them is not a sampler, or `root` is missing.
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk/#parentbased
 */
export function parentBasedSampler(options: ParentBasedOptions): Sampler {
  const given = (name: keyof ParentBasedOptions): unknown => {
    try {
      return readOption(Object(options), name);
    } catch {
      return unreadable;
    }
  };
  const root = requireSampler('root', given('root'));
  const chosen = (name: keyof ParentBasedOptions): Sampler | undefined =>
    given(name) === undefined ? undefined : requireSampler(name, given(name));
  const remoteParentSampled = chosen('remoteParentSampled');
  const remoteParentNotSampled = chosen('remoteParentNotSampled');
  const localParentSampled = chosen('localParentSampled');
  const localParentNotSampled = chosen('localParentNotSampled');
  return {
    description: `ParentBased{root=${root.description}}`,
    followsLocalParent: localParentSampled === undefined && localParentNotSampled === undefined,
    decide(facts: InternalSamplingFacts) {
      const { parent } = facts;
      if (parent === undefined) return root.decide(facts);
      const isRemote = parent.mode !== undefined && parent.mode === 'remote';
      if (isRemote && parent.notes?.isDeferred) return root.decide(facts);
      const ifSampled = isRemote ? remoteParentSampled : localParentSampled;
      const ifNotSampled = isRemote ? remoteParentNotSampled : localParentNotSampled;
      const sampler = parent.isSampled ? ifSampled : ifNotSampled;
      if (sampler) return sampler.decide(facts);
      return parent.isSampled ? yes : notSampled;
    },
  };
}

/** What each name stands for, given the share of traces to keep. */
const samplersByName: Readonly<Record<SamplerName, (ratio: number) => Sampler>> = {
  always_on: alwaysOnSampler,
  always_off: alwaysOffSampler,
  traceidratio: traceIdRatioSampler,
  parentbased_always_on: () => parentBasedSampler({ root: alwaysOnSampler() }),
  parentbased_always_off: () => parentBasedSampler({ root: alwaysOffSampler() }),
  parentbased_traceidratio: (ratio) => parentBasedSampler({ root: traceIdRatioSampler(ratio) }),
};

export const samplerNames: readonly string[] = Object.keys(samplersByName);

/** @throws {WaymarkError} `WAYMARK_INVALID_SAMPLER` for a value that is not a sampler in any form. */
export function requireSampler(option: string, value: unknown): Sampler {
  const sampler = toSampler(value);
  if (sampler) return sampler;
  throw new WaymarkError(
    'WAYMARK_INVALID_SAMPLER',
    `${option} must be a sampler, a function or a name such as always_on, got ${describeValue(value)}. ` +
      (meant([value], samplerNames) ?? 'Use alwaysOnSampler() to keep every trace.'),
  );
}

/**
 * The sampler of an option; `undefined` for a value in none of its forms.
 *
 * @param ratio For a name that takes one and comes without.
 * @throws {WaymarkError} `WAYMARK_INVALID_SAMPLER` for a ratio that is not from 0 to 1.
 */
export function toSampler(value: unknown, ratio: number = 1): Sampler | undefined {
  if (typeof value === 'function') return samplerFrom(value as SamplerFunction); // its result is checked each time
  if (typeof value === 'string') return namedSampler(value.toLowerCase(), ratio);
  if (typeof value !== 'object' || value === null) return undefined;
  if (typeof readProperty(value, 'decide') === 'function') return value as Sampler;
  const name = readProperty(value, 'name');
  const isRatioSampler = name === 'traceidratio' || name === 'parentbased_traceidratio';
  return isRatioSampler ? namedSampler(name, readProperty(value, 'ratio') as number) : undefined; // it is checked there
}

function namedSampler(name: string, ratio: number): Sampler | undefined {
  return Object.hasOwn(samplersByName, name) ? samplersByName[name as SamplerName](ratio) : undefined;
}

function samplerFrom(fn: SamplerFunction): Sampler {
  return {
    description: `Function{${nameOf(fn)}}`,
    followsLocalParent: false,
    decide(facts) {
      const answer = fn(facts.input());
      return typeof answer === 'boolean' ? (answer ? yes : notSampled) : answer; // the tracer checks it, as any sampler's
    },
  };
}
