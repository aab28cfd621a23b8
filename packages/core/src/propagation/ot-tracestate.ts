/** OpenTelemetry's member of `tracestate`: `ot=th:…;rv:…`, for consistent sampling in the services that follow. */
import { TraceState } from './tracestate.ts';

const otKey = 'ot';

// OpenTelemetry, TraceState handling: "the complete list length MUST NOT exceed 256 characters".
const maxLength = 256;

// Same place: `th` is a 56-bit number without its trailing zeros, `rv` one with all of its 14 digits.
const thresholdForm = /^[0-9a-f]{1,14}$/;
const randomnessForm = /^[0-9a-f]{14}$/;

/** What the `ot` member says about sampling. A sub-key that is absent or malformed is `undefined`. */
export interface OtMember {
  /** `th`, the rejection threshold: 1 to 14 lower-case hex digits; shorter ones mean zeros on the right. */
  readonly threshold: string | undefined;
  /** `rv`, explicit randomness that replaces the trace id's: 14 lower-case hex digits. */
  readonly randomness: string | undefined;
}

const absent: OtMember = { threshold: undefined, randomness: undefined };

/**
 * Reads OpenTelemetry's member. Never throws.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/
 * @example
 * readOtMember(parseTracestate('ot=th:c')) // { threshold: 'c', randomness: undefined }: one in four is sampled
 */
export function readOtMember(traceState: TraceState | undefined): OtMember {
  const member = traceState?.get(otKey);
  if (member === undefined) return absent;
  const subMembers = member.split(';');
  return {
    threshold: readHex(subMembers, 'th:', thresholdForm),
    randomness: readHex(subMembers, 'rv:', randomnessForm),
  };
}

function readHex(subMembers: readonly string[], prefix: string, form: RegExp): string | undefined {
  const digits = subMembers.find((subMember) => subMember.startsWith(prefix))?.slice(prefix.length);
  return digits !== undefined && form.test(digits) ? digits : undefined;
}

/**
 * Writes the threshold by which a span was sampled; the other sub-keys and the other members stay as they are.
 *
 * @param threshold 1 to 14 lower-case hex digits. `undefined` or an invalid value removes the threshold, since none is
 *   better than a wrong one. It is also removed if the member would be longer than 256 characters.
 * @returns The same instance if nothing changes; `undefined` if no member is left.
 * @example
 * withThreshold(parseTracestate('congo=1,ot=rv:0123456789abcd'), '8')?.serialize() // 'ot=th:8;rv:0123456789abcd,congo=1'
 */
export function withThreshold(
  traceState: TraceState | undefined,
  threshold: string | undefined,
): TraceState | undefined {
  const before = traceState?.get(otKey);
  const others = before === undefined ? [] : before.split(';').filter((subMember) => !subMember.startsWith('th:'));
  const after = joinSubMembers(threshold, others);
  if (after === (before ?? '')) return traceState;
  if (after !== '') return (traceState ?? TraceState.empty).set(otKey, after);
  const rest = traceState?.unset(otKey);
  return rest?.serialize() === '' ? undefined : rest;
}

/**
 * The member for another trace that has the same sampling decision, such as that of background work. The threshold was compared with the
 * randomness of this trace, so the other one carries that too, as `rv`. The other vendors' members are about this trace only.
 *
 * @param traceId Of this trace. Its low 56 bits are the randomness, if there is no `rv`.
 * @returns `undefined` if the member says nothing about sampling.
 * @see https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/#explicit-randomness-value-rv
 * @example
 * samplingOf(parseTracestate('ot=th:c,congo=1'), '4bf92f3577b34da6a3ce929d0e0e4736')?.serialize() // 'ot=th:c;rv:ce929d0e0e4736'
 */
export function samplingOf(traceState: TraceState | undefined, traceId: string): TraceState | undefined {
  const { threshold, randomness } = readOtMember(traceState);
  if (threshold === undefined && randomness === undefined) return undefined;
  return withThreshold(TraceState.empty.set(otKey, `rv:${randomness ?? traceId.slice(-14)}`), threshold);
}

function joinSubMembers(threshold: string | undefined, others: readonly string[]): string {
  if (threshold !== undefined && thresholdForm.test(threshold)) {
    const joined = [`th:${threshold}`, ...others].join(';');
    if (joined.length <= maxLength) return joined;
  }
  return others.join(';');
}
