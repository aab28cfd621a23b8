/** Of equal calls, those that are calls of their own: not another try of one that failed, and not the next page of a list. */
import { overlapOf } from './critical-path.ts';
import { statusCodes, type TraceOutline } from './outline.ts';
import { endOf } from './span-end.ts';

const errorStatus = statusCodes.indexOf('error');

interface Asked {
  /** The place of its call in the result. */
  at: number;
  /** The last one that asked for it. */
  call: number;
  readonly pages: Set<string>;
}

/**
 * @param calls Of one signature, by start.
 * @param hasFailed Whether a call did; a step around it may have failed in its place.
 * @returns For each call the last of its tries, and for each list its first page.
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
    // Of what is not known (0) no page is known either.
    const isNextPage = key !== 0 && !before.pages.has(page);
    before.pages.add(page);
    if (isRetry) distinct[before.at] = call;
    else if (!isNextPage) before.at = distinct.push(call) - 1;
    before.call = call;
  }
  return distinct;
}
