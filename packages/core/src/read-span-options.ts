/** The options of a span, as callers without types give them. */
import type { Diagnostics } from './diagnostics.ts';
import { readOption } from './read-option.ts';
import type { SpanOptions } from './tracer.ts';

/** Without a prototype: what somebody puts on that of all objects is no option. */
export const noOptions: SpanOptions = Object.freeze(Object.create(null));

/** Reads each option once. One that throws is left out and counted; so are all of what is no object. Never throws. */
export function readSpanOptions(given: unknown, diagnostics: Diagnostics): SpanOptions {
  if (given === undefined || given === null) return noOptions;
  if (typeof given !== 'object') {
    diagnostics.count('invalid-options', `they are a ${typeof given}`);
    return noOptions;
  }
  const read = (name: keyof SpanOptions): unknown => {
    try {
      return readOption(given, name);
    } catch {
      diagnostics.count('invalid-options', `${name} cannot be read`);
      return undefined;
    }
  };
  return {
    kind: read('kind'),
    attributes: read('attributes'),
    links: read('links'),
    startTime: read('startTime'),
    parent: read('parent'),
  } as SpanOptions; // what each takes is checked where it is used
}
