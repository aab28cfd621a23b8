/**
 * Finds where errors began: failed spans that do not only pass on the failure of a span below them. The store counts
 * errors by the same rule.
 */
import { statusCodes, type TraceOutline } from './outline.ts';
import { isSameFailure } from './same-failure.ts';

const errorStatus = statusCodes.indexOf('error');
const okStatus = statusCodes.indexOf('ok');

/** The most spans without a failure between two failed ones. */
const maxBetween = 64;

export function findErrorOrigins({ statusOf, errors }: TraceOutline, parents: Int32Array): readonly number[] {
  const isPassedOn = new Uint8Array(parents.length);
  const failed: number[] = [];
  for (let span = 0; span < parents.length; span++) if (statusOf[span] === errorStatus) failed.push(span);
  for (const span of failed) {
    let above = parents[span] as number;
    for (let between = 0; above !== -1 && statusOf[above] !== errorStatus; between++) {
      // A status of `ok` says that the failure below was handled.
      above = statusOf[above] === okStatus || between === maxBetween ? -1 : (parents[above] as number);
    }
    if (above !== -1 && isSameFailure(errors[above] ?? {}, errors[span] ?? {})) isPassedOn[above] = 1;
  }
  return failed.filter((span) => isPassedOn[span] === 0);
}
