/** The spans that Waymark makes, in both forms. */
import type { PassingSpan } from './passing-span.ts';
import type { RecordingSpan } from './recording-span.ts';

/** A span of this copy of the package, or of another one. `mode` distinguishes the two forms. */
export type WaymarkSpan = RecordingSpan | PassingSpan;

/** Whether a value is a span that Waymark made, also by another copy of this package. Never throws. */
export function isWaymarkSpan(value: unknown): value is WaymarkSpan {
  if (typeof value !== 'object' || value === null) return false;
  try {
    // Not instanceof: it follows the prototypes of a proxy, which may be endless.
    const { trace, idHigh, idLow } = value as Partial<RecordingSpan>; // each is checked
    return typeof idHigh === 'number' && typeof idLow === 'number' && typeof trace?.a === 'number';
  } catch {
    return false; // a proxy
  }
}
