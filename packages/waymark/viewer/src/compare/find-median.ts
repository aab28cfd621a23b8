/** Returns the address of the comparison of a trace with the median trace of its operation. */
import { spanKinds } from '../../../src/analysis/outline.ts';
import type { MedianTrace } from '../../../src/api/types.ts';
import { ApiError, getJson } from '../api/client.ts';
import type { TraceModel } from '../trace/trace-model.ts';

/** Throws an error with a message for the user if there is no trace to compare with. */
export async function findMedianComparison(model: TraceModel): Promise<string> {
  const span = model.roots[0];
  if (span === undefined)
    throw new Error(
      'The root span of this trace has not arrived, so its operation is unknown. Compare it after the root has arrived.',
    );
  const operation = {
    service: model.services[model.serviceOf[span] as number],
    name: model.names[model.nameOf[span] as number],
    kind: spanKinds[model.kindOf[span] as number],
    traceId: model.traceId,
  };
  try {
    const median = await getJson<MedianTrace>('/waymark/operations/median', operation);
    if (median.traceId === model.traceId) throw new Error('This is the median trace of its operation.');
    return `/compare/${median.traceId}/${model.traceId}`;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404)
      throw new Error('The collector has no other trace of this operation yet.');
    throw error;
  }
}
