/** Applies the option `trust`: what to take over from a caller's headers. */
import { Baggage } from '../baggage.ts';
import type { Context } from '../context.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { describeValue, invalidOption } from '../errors.ts';
import { PassingSpan } from '../passing-span.ts';
import { hasSpanId } from '../propagation/caller-span.ts';
import { withThreshold } from '../propagation/ot-tracestate.ts';
import type { TraceState } from '../propagation/tracestate.ts';
import type { Link } from '../span.ts';
import { TraceIdentity } from '../trace-identity.ts';
import { isWaymarkSpan, type WaymarkSpan } from '../waymark-span.ts';

/** What to take over from a caller's headers. */
export type TrustPolicy =
  /** The caller's trace continues, with its sampling decision and baggage. */
  | 'continue'
  /** A new trace starts, and its first span links to the caller's. */
  | 'link'
  /** The caller's trace continues, and the sampler decides here whether to record it. */
  | 'ids'
  /** A new trace starts, as without headers. */
  | 'ignore';

/** What a trust rule may depend on, whatever the framework. */
export interface Caller {
  /** The address at the other end of the connection: the caller's, or a proxy's. `undefined` on a Unix socket. */
  readonly peerAddress: string | undefined;
  /** The client's address as seen through the proxies that the app trusts, otherwise the peer's. */
  readonly clientAddress: string | undefined;
  /** The headers of the request, by lower-case name, as Node has them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The `tracestate` that the caller sent. */
  readonly traceState: TraceState | undefined;
}

/**
 * Returns the policy for one caller. Called for each request that brings a trace or baggage. If it throws, or returns anything
 * else, that is counted as `hook-failed`, and the policy is `'ignore'`.
 */
export type TrustRule<Request> = (request: Request, caller: Caller) => TrustPolicy;

/** One policy for all callers, or a rule that returns one for each. */
export type Trust<Request> = TrustPolicy | TrustRule<Request>;

/** The part of a caller's context that a policy lets through. */
export interface TrustedPart {
  readonly parent: WaymarkSpan | undefined;
  readonly links: readonly Link[] | undefined;
  readonly baggage: Baggage | undefined;
}

const policies: readonly unknown[] = ['continue', 'link', 'ids', 'ignore'] satisfies TrustPolicy[];

export function isTrustPolicy(value: unknown): value is TrustPolicy {
  return policies.includes(value);
}

/**
 * @returns `undefined` if all callers are trusted, so that no rule has to run.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` for anything but a policy or a function.
 */
export function compileTrust<Request>(trust: Trust<Request> = 'continue'): TrustRule<Request> | undefined {
  if (typeof trust === 'function') return trust;
  if (!isTrustPolicy(trust)) {
    const remedy = "Use 'link' for a service that the internet can reach.";
    throw invalidOption('trust', trust, "'continue', 'link', 'ids', 'ignore' or a function", remedy);
  }
  return trust === 'continue' ? undefined : () => trust;
}

/**
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` for anything but an array of strings.
 */
export function compileAllowedBaggage(keys: readonly string[] = []): ReadonlySet<string> {
  if (Array.isArray(keys) && keys.every((key) => typeof key === 'string')) return new Set(keys);
  throw invalidOption(
    'allowBaggage',
    keys,
    'an array of baggage keys',
    'Leave it out to take none from untrusted callers.',
  );
}

/** Calls a rule for its policy. Never throws. */
export function askPolicy<Request>(
  rule: TrustRule<Request>,
  request: Request,
  caller: Caller,
  diagnostics: Diagnostics,
): TrustPolicy {
  try {
    const policy: unknown = rule(request, caller); // a function of the host's may return anything
    if (isTrustPolicy(policy)) return policy;
    diagnostics.count('hook-failed', `trust returned ${describeValue(policy)} instead of a policy`);
  } catch (error) {
    diagnostics.count('hook-failed', error);
  }
  return 'ignore';
}

/**
 * Takes over the part of a caller's context that a policy lets through.
 *
 * @param allowedBaggage Baggage keys that are taken over from every caller.
 */
export function applyTrust(context: Context, policy: TrustPolicy, allowedBaggage: ReadonlySet<string>): TrustedPart {
  const span = isWaymarkSpan(context.span) ? context.span : undefined;
  if (policy === 'continue') return { parent: span, links: undefined, baggage: context.baggage };
  const caller = span !== undefined && span.mode !== undefined ? span : undefined;
  return {
    parent: policy === 'ids' ? undecided(caller) : undefined,
    links: policy === 'link' ? linksTo(caller) : undefined,
    baggage: allowedOf(context.baggage, allowedBaggage),
  };
}

/** The caller with only its ids, and no sampling decision. */
function undecided(caller: PassingSpan | undefined): PassingSpan | undefined {
  if (caller === undefined || !caller.trace.hasId) return undefined;
  const { a, b, c, d, isRandom, traceState } = caller.trace;
  // The caller's threshold describes the caller's decision, which does not count.
  const trace = new TraceIdentity(a, b, c, d, isRandom, withThreshold(traceState, undefined));
  return new PassingSpan(trace, caller.idHigh, caller.idLow, false, 'remote', undefined, {
    isDeferred: true,
    links: caller.notes?.links ?? [],
    attributes: undefined,
  });
}

function linksTo(caller: PassingSpan | undefined): readonly Link[] | undefined {
  if (caller === undefined) return undefined;
  const others = caller.notes?.links ?? [];
  return hasSpanId(caller) ? [{ context: caller.spanContext() }, ...others] : others;
}

function allowedOf(baggage: Baggage | undefined, allowed: ReadonlySet<string>): Baggage | undefined {
  if (baggage === undefined || allowed.size === 0) return undefined;
  const kept = Baggage.from([...baggage.entries()].filter(([key]) => allowed.has(key)));
  return kept.size === 0 ? undefined : kept;
}
