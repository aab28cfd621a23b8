/** Traces what the application passes to a `trace…()` function. */
import { describeValue, WaymarkError } from '../errors.ts';
import { noteLibrary } from '../found-libraries.ts';
import type { LibraryName } from '../libraries-option.ts';
import type { Trace } from './trace.ts';

/**
 * @param call The public function as it is written, such as `tracePg(pg)`.
 * @param expected What it takes, such as "the exports of pg".
 * @returns What was given.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 */
export function traceGiven<Given>(
  name: LibraryName,
  trace: (given: Given) => ReturnType<Trace>,
  given: Given,
  call: string,
  expected: string,
): Given {
  const tracedBy = trace(given);
  if (tracedBy === undefined) {
    throw new WaymarkError('WAYMARK_INVALID_OPTION', `${call} takes ${expected}, got ${describeValue(given)}.`);
  }
  if (tracedBy === 'foreign') {
    noteLibrary({ name, version: undefined, tracedBy: undefined, problem: 'another instrumentation has wrapped it' });
  } else noteLibrary({ name, version: undefined, tracedBy });
  return given;
}
