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
  return {
    kind: readSpanOption(given, 'kind', diagnostics),
    attributes: readSpanOption(given, 'attributes', diagnostics),
    links: readSpanOption(given, 'links', diagnostics),
    startTime: readSpanOption(given, 'startTime', diagnostics),
    scope,
  } as SpanStart; // each is checked where it is used
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
