/** The spans that Waymark makes, in both forms. */
import type { PassingSpan } from './passing-span.ts';
import type { RecordingSpan } from './recording-span.ts';

/** A span that was made here, or by another copy of this package. `mode` tells the two forms apart. */
export type WaymarkSpan = RecordingSpan | PassingSpan;

/** Whether a span is one of ours in either form, also one made by another copy of this package. */
export function isWaymarkSpan(value: unknown): value is WaymarkSpan {
  if (typeof value !== 'object' || value === null) return false;
  try {
    // Not instanceof: it follows the prototypes of a proxy, which may have no end.
    const { trace, idHigh, idLow } = value as Partial<RecordingSpan>; // each is checked
    return typeof idHigh === 'number' && typeof idLow === 'number' && typeof trace?.a === 'number';
  } catch {
    return false; // a proxy
  }
}
