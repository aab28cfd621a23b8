/**
 * The operation that a request is for, where its route does not say it: a GraphQL server has one route for all of them. The name of the
 * server span says both.
 */
import type { RecordingSpan } from './recording-span.ts';
import type { Span } from './span.ts';
import { isWaymarkSpan } from './waymark-span.ts';

/**
 * Notes an operation at the request that a span is part of. A request with several operations, such as a batch, is named for none.
 *
 * @param operation A name that does not have unlimited values.
 */
export function noteOperation(span: Span | undefined, operation: string): void {
  if (!isWaymarkSpan(span) || span.mode !== undefined) return;
  for (let around: RecordingSpan | undefined = span; around !== undefined; around = around.localParent) {
    if (around.kind === 'server') {
      around.owner?.noteOperation?.(operation);
      return;
    }
  }
}
