export function formatDuration(durationMs: number): string {
  if (Number.isNaN(durationMs)) return '–';
  if (durationMs < 0.1) return `${Math.round(durationMs * 1000)} µs`;
  if (durationMs < 9.995) return `${durationMs.toFixed(2)} ms`;
  if (durationMs < 99.95) return `${durationMs.toFixed(1)} ms`;
  if (durationMs < 999.5) return `${durationMs.toFixed(0)} ms`;
  if (durationMs < 59_995) return `${(durationMs / 1000).toFixed(2)} s`;
  return `${(durationMs / 60_000).toFixed(1)} min`;
}
