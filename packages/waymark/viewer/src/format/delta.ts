/** Formats a difference of durations, with its sign. */
import { formatDurationMs } from '../format/duration.ts';

export function formatDelta(deltaMs: number): string {
  if (deltaMs === 0) return '±0';
  return `${deltaMs > 0 ? '+' : '−'}${formatDurationMs(Math.abs(deltaMs))}`;
}
