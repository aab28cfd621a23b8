/** A limit for the number of recorded traces. */
import { performance } from 'node:perf_hooks';
import type { Clock } from './clock.ts';
import { describeValue, WaymarkError } from './errors.ts';
import { withThreshold } from './propagation/ot-tracestate.ts';
import { TraceState } from './propagation/tracestate.ts';
import {
  alwaysOnSampler,
  type InternalSamplingFacts,
  notSampled,
  parentBasedSampler,
  requireSampler,
  type Sampler,
  type SamplerOption,
  type SamplingResult,
} from './sampler.ts';
import { readSettings } from './settings/read-settings.ts';

/** How many traces {@link rateLimitedSampler} records. */
export interface RateLimitOptions {
  /** The most traces that are recorded per second, on average. As many may be recorded at once, and at least one. */
  readonly tracesPerSecond: number;
  /** The sampler that decides first. Default: records traces that start here, and follows the caller's decision for others. */
  readonly sampler?: SamplerOption | undefined;
  /** Time for tests. Default: the system's. */
  readonly clock?: Pick<Clock, 'monotonicMs'> | undefined;
}

/**
 * Records what another sampler would, up to a number of traces per second: neither load nor callers that send the sampled flag
 * can raise the cost above that. It decides on traces that start here and on those that come from elsewhere; the spans below follow
 * that decision. Only a debug flag is not limited; `trust` decides which callers may send one.
 *
 * A trace from elsewhere that is beyond the limit has no spans of this service, nor of the services that follow its decision.
 *
 * @throws {WaymarkError} `WAYMARK_INVALID_SAMPLER` if the number is not positive, or `sampler` is not a sampler.
 * @example
 * createTracer({ sampler: rateLimitedSampler({ tracesPerSecond: 50 }) });
 * @example
 * // Callers may ask for ten traces a second. Of the traces that start here a tenth is kept.
 * parentBasedSampler({
 *   root: traceIdRatioSampler(0.1),
 *   remoteParentSampled: rateLimitedSampler({ tracesPerSecond: 10 }),
 * });
 */
export function rateLimitedSampler(options: RateLimitOptions): Sampler {
  const {
    tracesPerSecond,
    sampler = parentBasedSampler({ root: alwaysOnSampler() }),
    clock = { monotonicMs: () => performance.now() },
  } = readSettings('rateLimitedSampler(options)', (): Partial<RateLimitOptions> => ({ ...options }));
  if (typeof tracesPerSecond !== 'number' || !(tracesPerSecond > 0 && tracesPerSecond < Number.POSITIVE_INFINITY)) {
    throw new WaymarkError(
      'WAYMARK_INVALID_SAMPLER',
      `tracesPerSecond must be a positive number, got ${describeValue(tracesPerSecond)}. Use 0.1 for one in ten seconds.`,
    );
  }
  const inner = requireSampler('sampler', sampler);
  const takeToken = createTokenBucket(tracesPerSecond, clock);
  return {
    description: `RateLimited{${tracesPerSecond}/s,${inner.description}}`,
    followsLocalParent: true,
    decide(facts: InternalSamplingFacts) {
      const result = inner.decide(facts);
      if (result?.sampled !== true) return result;
      return takeToken() ? withoutThreshold(result, facts.trace.traceState) : notSampled;
    },
  };
}

/**
 * Removes the threshold: it stands for a share of all traces, and the limit has changed that share.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 */
function withoutThreshold(result: SamplingResult, before: TraceState | undefined): SamplingResult {
  const given = result.traceState ?? before;
  const traceState = withThreshold(given, undefined);
  return traceState === given ? result : { ...result, traceState: traceState ?? TraceState.empty };
}

/** @returns A function that takes a token, and returns whether there was one. */
function createTokenBucket(perSecond: number, clock: Pick<Clock, 'monotonicMs'>): () => boolean {
  const capacity = Math.max(1, perSecond);
  let tokens = capacity;
  let filledMs = clock.monotonicMs();
  return () => {
    const nowMs = clock.monotonicMs();
    tokens = Math.min(capacity, tokens + (Math.max(0, nowMs - filledMs) * perSecond) / 1000);
    filledMs = nowMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
