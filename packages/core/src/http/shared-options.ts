/**
 * The options that all `tracing()` of one tracer share. An option that a later one leaves out keeps the value of the earlier one,
 * and does not fall back to the default: a second app, or a library that registers tracing again, must not undo a limit.
 */

import type { InternalTracer } from '../internal-tracer.ts';
import type { ExistingTraceHeaders, TraceStateMember } from '../outbound-settings.ts';
import { type HostRules, isHostRules, type PropagateTo, readHosts } from '../urls/propagate-to.ts';
import type { SecretParameters } from '../urls/url-redaction.ts';
import type { Trust } from './trust.ts';

/** The shared options as given to one `tracing()`, already checked. */
export interface GivenOptions {
  readonly outbound: boolean | undefined;
  readonly knownMethods: readonly string[] | undefined;
  readonly redactQuery: SecretParameters | undefined;
  readonly trust: Trust<never> | undefined;
  readonly allowBaggage: readonly string[] | undefined;
  readonly propagateTo: PropagateTo | undefined;
  readonly traceStateMember: TraceStateMember | undefined;
  readonly existingTraceHeaders: ExistingTraceHeaders | undefined;
}

/** The options in force, kept by the tracer. */
export interface SharedOptions extends Omit<GivenOptions, 'redactQuery' | 'propagateTo'> {
  readonly secrets: Secrets | undefined;
  readonly traceContextHosts: HostRules | undefined;
  readonly baggageHosts: HostRules | undefined;
}

interface Secrets {
  /** Replaces the default list, if an array was given last. */
  readonly list: readonly string[] | undefined;
  /** Added to the list. Names are never removed. */
  readonly also: readonly string[];
}

/** Merges the given options over those in force, field by field. The tracer keeps the result. */
export function mergeShared(tracer: InternalTracer, given: GivenOptions): SharedOptions {
  const before = tracer.sharedHttpOptions as SharedOptions | undefined; // only this file sets it
  const { traceContext, baggage } = splitHosts(given.propagateTo);
  const merged: SharedOptions = {
    outbound: given.outbound ?? before?.outbound,
    knownMethods: given.knownMethods ?? before?.knownMethods,
    trust: given.trust ?? before?.trust,
    allowBaggage: given.allowBaggage ?? before?.allowBaggage,
    traceStateMember: given.traceStateMember ?? before?.traceStateMember,
    existingTraceHeaders: given.existingTraceHeaders ?? before?.existingTraceHeaders,
    secrets: mergeSecrets(before?.secrets, given.redactQuery),
    traceContextHosts: traceContext ?? before?.traceContextHosts,
    baggageHosts: baggage ?? before?.baggageHosts,
  };
  tracer.sharedHttpOptions = merged;
  return merged;
}

/** An array replaces an earlier array and the default list; `{ also }` adds to the list in force. */
function mergeSecrets(before: Secrets | undefined, given: SecretParameters | undefined): Secrets | undefined {
  if (given === undefined) return before;
  const earlier = before?.also ?? [];
  if (isList(given)) return { list: given, also: earlier };
  return { list: undefined, also: [...earlier, ...(before?.list ?? []), ...given.also] };
}

function isList(given: SecretParameters): given is readonly string[] {
  return Array.isArray(given);
}

function splitHosts(propagateTo: PropagateTo | undefined): {
  traceContext?: HostRules | undefined;
  baggage?: HostRules | undefined;
} {
  if (propagateTo === undefined) return { traceContext: undefined, baggage: undefined };
  return isHostRules(propagateTo) ? { traceContext: propagateTo, baggage: propagateTo } : readHosts(propagateTo);
}

export function secretParametersOf({ secrets }: SharedOptions): SecretParameters | undefined {
  if (secrets === undefined) return undefined;
  return secrets.list === undefined ? { also: secrets.also } : [...secrets.list, ...secrets.also];
}

export function propagateToOf({ traceContextHosts, baggageHosts }: SharedOptions): PropagateTo {
  return { traceContext: traceContextHosts, baggage: baggageHosts };
}
