/** Finds the distinct calls among equal ones: retries of a failed call and further pages of a list do not count. */
import { overlapOf } from './critical-path.ts';
import { statusCodes, type TraceOutline } from './outline.ts';
import { endOf } from './span-end.ts';

const errorStatus = statusCodes.indexOf('error');

interface Asked {
  /** The index of its call in the result. */
  at: number;
  /** The last call with this request. */
  call: number;
  readonly pages: Set<string>;
}

/**
 * @param calls Calls of one signature, ordered by start.
 * @param hasFailed Whether a call failed. If a step is around the call, the step may have failed in its place.
 * @returns The last try of each call, and the first page of each list.
 */
export function distinctCalls(
  outline: TraceOutline,
  calls: readonly number[],
  hasFailed: (call: number) => boolean = (call) => outline.statusOf[call] === errorStatus,
): readonly number[] {
  const distinct: number[] = [];
  const asked = new Map<number, Asked>();
  for (const call of calls) {
    const key = outline.askedOf[call] as number;
    const page = outline.pages[call] ?? '';
    const before = asked.get(key);
    const startMs = outline.startMs[call] as number;
    if (before === undefined) {
      const at = distinct.push(call) - 1;
      asked.set(key, { at, call, pages: new Set([page]) });
      continue;
    }
    const endMs = endOf(outline, before.call) - overlapOf(outline, before.call);
    const isRetry = hasFailed(before.call) && startMs >= endMs;
    // The page of an unknown request (0) is unknown too.
    const isNextPage = key !== 0 && !before.pages.has(page);
    before.pages.add(page);
    if (isRetry) distinct[before.at] = call;
    else if (!isNextPage) before.at = distinct.push(call) - 1;
    before.call = call;
  }
  return distinct;
}
