/**
 * Searches for those whose API knows no cursor: until there is enough, or all has been seen. The store ends each call after a
 * fifth of a second, and hears others in between; an answer that left out the rest would be wrong, and say nothing of it.
 */
import type { TraceList } from '../api/types.ts';
import type { Engine } from '../engine/start-engine.ts';
import { RequestProblem } from './request-problem.ts';

export type FindRequest = Parameters<Engine['list']>[0] & { readonly limit: number };

// Grafana's own default.
const defaultMaxMs = 30_000;

/** @throws {RequestProblem} 503 if there is more to look through than the time allows. */
export async function findTraces(
  { list }: Pick<Engine, 'list'>,
  request: FindRequest,
  maxMs: number = defaultMaxMs,
): Promise<TraceList['traces']> {
  const deadlineMs = performance.now() + maxMs;
  const found: TraceList['traces'][number][] = [];
  let cursor: string | undefined;
  do {
    const page = await list({ ...request, limit: request.limit - found.length, cursor });
    found.push(...page.traces);
    ({ cursor } = page);
    if (cursor === undefined || found.length >= request.limit) return found;
  } while (performance.now() < deadlineMs);
  throw new RequestProblem(
    503,
    `The search came to no end in ${maxMs / 1000} s: ask for a shorter time, or by service, operation or an indexed tag.`,
  );
}
