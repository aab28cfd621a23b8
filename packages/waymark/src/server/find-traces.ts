/**
 * Searches for APIs without a cursor: until the limit is reached or everything was searched. The store ends each call after a fifth
 * of a second, to answer others in between. An answer with the first part only would be silently wrong.
 */
import type { TraceList } from '../api/types.ts';
import type { Engine } from '../engine/start-engine.ts';
import { RequestProblem } from './request-problem.ts';

export type FindRequest = Parameters<Engine['list']>[0] & { readonly limit: number };

// Grafana's own default.
const defaultMaxMs = 30_000;

/** @throws {RequestProblem} 503 if the search takes longer than `maxMs`. */
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
    `The search was not finished after ${maxMs / 1000} s: search a shorter time range, or by service, operation or an indexed tag.`,
  );
}
