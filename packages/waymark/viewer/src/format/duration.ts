/** Durations as strings: three digits, and a unit that fits. */

/** `0.4 µs`, `412 µs`, `1.24 ms`, `38.1 ms`, `2.05 s`, `3 m 12 s`, `1 h 04 m`. */
export function formatDurationMs(durationMs: number): string {
  if (!Number.isFinite(durationMs)) return '–';
  if (durationMs < 0) return `−${formatDurationMs(-durationMs)}`;
  if (durationMs === 0) return '0 ms';
  if (durationMs < 0.9995) return `${threeDigits(durationMs * 1e3)} µs`;
  if (durationMs < 999.5) return `${threeDigits(durationMs)} ms`;
  if (durationMs < 59_950) return `${threeDigits(durationMs / 1e3)} s`;
  const seconds = Math.round(durationMs / 1e3);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${padTwo(seconds % 60)} s`;
  const minutes = Math.round(durationMs / 60_000);
  if (minutes < 60 * 48) return `${Math.floor(minutes / 60)} h ${padTwo(minutes % 60)} m`;
  return `${Math.round(minutes / 1440)} d`;
}

/** `20 ms` for 20.0 ms, `6 h` for 6 h 00 m: for the round values of an axis. */
export function formatRoundMs(roundMs: number): string {
  return formatDurationMs(roundMs)
    .replace(/(\.\d*?)0+ /, '$1 ')
    .replace('. ', ' ')
    .replace(/ 00 \w$/, '');
}

function threeDigits(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  if (value >= 9.995) return value.toFixed(1);
  return value.toFixed(value < 0.9995 ? 1 : 2);
}

function padTwo(value: number): string {
  return String(value).padStart(2, '0');
}
