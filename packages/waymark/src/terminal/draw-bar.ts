/** A span as a line on the time axis, heavy where it is on the critical path. */
export interface Bar {
  readonly startMs: number;
  readonly endMs: number;
  /** In order of time. */
  readonly criticalPieces: readonly { readonly startMs: number; readonly endMs: number }[];
  /** Periods that no child span covers. */
  readonly gaps: readonly { readonly startMs: number; readonly endMs: number }[];
}

export interface BarPiece {
  readonly text: string;
  readonly isCritical: boolean;
}

/** @param width In columns. The bar is at least one column wide. */
export function drawBar(
  { startMs, endMs, criticalPieces, gaps }: Bar,
  { firstMs, durationMs }: { readonly firstMs: number; readonly durationMs: number },
  width: number,
): BarPiece[] {
  const scale = durationMs > 0 ? width / durationMs : 0;
  const from = Math.min(Math.round((startMs - firstMs) * scale), width - 1);
  const to = Math.min(Math.max(Math.round((endMs - firstMs) * scale), from + 1), width);
  const pieces: { text: string; isCritical: boolean }[] = [{ text: ' '.repeat(from), isCritical: false }];
  for (let column = from; column < to; column++) {
    const columnMs = { startMs: firstMs + column / (scale || 1), endMs: firstMs + (column + 1) / (scale || 1) };
    // A bar may be shorter than its column: only the part of the column that it covers counts.
    const shownMs = {
      startMs: Math.max(columnMs.startMs, startMs),
      endMs: Math.max(Math.min(columnMs.endMs, endMs), Math.max(columnMs.startMs, startMs)),
    };
    const isCritical = coversHalf(criticalPieces, shownMs);
    const isGap = coversHalf(gaps, shownMs);
    const text = isCritical ? (isGap ? '╍' : '━') : isGap ? '┄' : '─';
    const last = pieces.at(-1);
    if (last?.isCritical === isCritical) last.text += text;
    else pieces.push({ text, isCritical });
  }
  return pieces;
}

function coversHalf(stretches: Bar['gaps'], { startMs, endMs }: { startMs: number; endMs: number }): boolean {
  let coveredMs = 0;
  for (const stretch of stretches) {
    coveredMs += Math.max(Math.min(stretch.endMs, endMs) - Math.max(stretch.startMs, startMs), 0);
  }
  return coveredMs > 0 && coveredMs * 2 >= endMs - startMs;
}
