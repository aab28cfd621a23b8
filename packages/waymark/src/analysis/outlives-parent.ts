/** Children that go on after their parent in the same process: asynchronous work, or a parent that ended too early. */
import { spanKinds, type TraceOutline } from './outline.ts';
import { endOf } from './span-end.ts';

/** A promise may settle shortly after the response that ends the span above it. */
const toleranceMs = 1;
const toleranceOfChild = 0.05;

const consumerKind = spanKinds.indexOf('consumer');

export function isOutlived(outline: TraceOutline, parent: number, child: number): boolean {
  const { serviceOf, kindOf, durationMs } = outline;
  if (kindOf[child] === consumerKind || serviceOf[parent] !== serviceOf[child]) return false;
  const excessMs = endOf(outline, child) - endOf(outline, parent);
  return excessMs > Math.max(toleranceMs, (durationMs[child] as number) * toleranceOfChild);
}
