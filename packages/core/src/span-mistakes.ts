/** Messages about wrong calls of `withSpan()` and `startSpan()`, by code without types. */
import { types } from 'node:util';
import type { Diagnostics } from './diagnostics.ts';
import { describeValue, WaymarkError } from './errors.ts';
import { nearestName } from './settings/nearest-name.ts';

const knownNames: readonly string[] = ['kind', 'attributes', 'links', 'startTime', 'parent'];

/** The error for a `withSpan()` without a function: it can neither run nor return anything. */
export function missingFunction(name: unknown, second: unknown, third: unknown): WaymarkError {
  const isNameLeftOut = typeof name === 'function';
  const shownName = typeof name === 'string' ? JSON.stringify(name) : "'name'";
  const given = third ?? second;
  const got = isNameLeftOut ? 'it in place of the name' : isPromise(given) ? 'a promise' : describeValue(given);
  const remedy = isPromise(given)
    ? `Give the function that makes the promise: withSpan(${shownName}, () => load()).`
    : `Write withSpan(${shownName}, async (span) => { … }), or startSpan(${shownName}) for a span that you end yourself.`;
  return new WaymarkError(
    'WAYMARK_MISSING_FUNCTION',
    `withSpan() needs a name and then a function, got ${got}. ${remedy}`,
  );
}

function isPromise(value: unknown): boolean {
  return value instanceof Promise;
}

/** Counts unknown options, which would otherwise be dropped silently. Never throws. */
export function countUnknownOptions(options: unknown, diagnostics: Diagnostics): void {
  if (typeof options !== 'object' || options === null) return;
  try {
    if (isPlain(options)) {
      // Without an array of the names: this runs for each span.
      for (const name in options) {
        if (!isKnown(name) && Object.hasOwn(options, name)) diagnostics.count('unknown-span-option', describe(name));
      }
      return;
    }
    // Not for-in: it follows the prototypes of a proxy, which may be endless.
    for (const name of Object.keys(options)) {
      if (!isKnown(name)) diagnostics.count('unknown-span-option', describe(name));
    }
  } catch {
    // A proxy that throws: its options cannot be listed.
  }
}

function isPlain(options: object): boolean {
  if (types.isProxy(options)) return false;
  const prototype: unknown = Object.getPrototypeOf(options);
  return prototype === Object.prototype || prototype === null;
}

/** Compared one by one, as this runs for each span. */
function isKnown(name: string): boolean {
  return (
    name === 'attributes' ||
    name === 'kind' ||
    name === 'parent' ||
    name === 'links' ||
    name === 'startTime' ||
    name === 'samplingAttributes' ||
    name === 'root' // OpenTelemetry's option, which does no harm
  );
}

function describe(name: string): string {
  const near = nearestName(name, knownNames);
  return near === undefined
    ? `${name}; attributes are written { attributes: { ${JSON.stringify(name)}: … } }`
    : `${name}; did you mean ${near}?`;
}
