/** Whether the messages of a connection have spans. */
import type { Context } from '../../context.ts';
import { isWaymarkSpan } from '../../waymark-span.ts';

/** Whether the request that opened a connection is one without spans, by `ignore`: its messages then have none either. */
export function isLeftOut(context: Context | undefined): boolean {
  const span = context?.span;
  return isWaymarkSpan(span) && (span.mode === 'ignored' || span.mode === 'suppressed');
}
