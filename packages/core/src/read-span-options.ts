/** The options of a span, as callers without types give them. */
import type { Diagnostics } from './diagnostics.ts';
import type { InstrumentationScope } from './instrumentation-scope.ts';
import { readOption } from './read-option.ts';
import type { SpanOptions, SpanStart } from './span-options.ts';

/** Without a prototype, so that a property of `Object.prototype` is not an option. */
export const noOptions: SpanOptions = Object.freeze(Object.create(null));

/** Whether there is an object to read options from. Any other value is counted. Never throws. */
export function hasOptions(given: unknown, diagnostics: Diagnostics): given is object {
  if (typeof given === 'object') return given !== null;
  if (given !== undefined) diagnostics.count('invalid-options', `they are a ${typeof given}`);
  return false;
}

/** Reads each option except `parent` once. Never throws. */
export function readSpanOptions(
  given: object,
  scope: InstrumentationScope | undefined,
  diagnostics: Diagnostics,
): SpanStart {
  const plain = readPlain(given, scope);
  if (plain !== undefined) return plain;
  return {
    kind: readSpanOption(given, 'kind', diagnostics),
    attributes: readSpanOption(given, 'attributes', diagnostics),
    links: readSpanOption(given, 'links', diagnostics),
    startTime: readSpanOption(given, 'startTime', diagnostics),
    scope,
  } as SpanStart; // each is checked where it is used
}

const objectPrototype: { readonly [Name in keyof SpanOptions]?: unknown } = Object.prototype;

/**
 * The options of an object literal, while `Object.prototype` has none of these names. Most are, and the general way takes a tenth of the
 * time of a span. Never throws.
 *
 * @returns `undefined` if they have to be read one by one.
 */
function readPlain(given: object, scope: InstrumentationScope | undefined): SpanStart | undefined {
  try {
    if (Object.getPrototypeOf(given) !== objectPrototype || isPolluted()) return undefined;
    const { kind, attributes, links, startTime } = given as SpanOptions; // each is checked where it is used
    return { kind, attributes, links, startTime, scope };
  } catch {
    return undefined; // a getter that throws, a proxy
  }
}

function isPolluted(): boolean {
  const { kind, attributes, links, startTime } = objectPrototype;
  return kind !== undefined || attributes !== undefined || links !== undefined || startTime !== undefined;
}

/** An option. One that throws is left out and counted. Never throws. */
export function readSpanOption(given: object, name: keyof SpanOptions, diagnostics: Diagnostics): unknown {
  try {
    return readOption(given, name);
  } catch {
    diagnostics.count('invalid-options', `${name} cannot be read`);
    return undefined;
  }
}
