/** Traces as points, in columns: a scatter has thousands of them. */
import type { Scatter } from '../../api/types.ts';

export interface Point {
  readonly traceId: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly hasFailed: boolean;
  readonly serviceName: string;
}

export function drawScatter(
  points: readonly Point[],
  search: Pick<Scatter, 'totalCount' | 'searchedBackToMs' | 'isComplete'>,
): Scatter {
  const services = [...new Set(points.map(({ serviceName }) => serviceName))];
  return {
    traceIds: points.map(({ traceId }) => traceId),
    startMs: points.map(({ startMs }) => startMs),
    durationMs: points.map(({ durationMs }) => durationMs),
    isError: points.map(({ hasFailed }) => (hasFailed ? 1 : 0)),
    serviceOf: points.map(({ serviceName }) => services.indexOf(serviceName)),
    services,
    ...search,
  };
}
