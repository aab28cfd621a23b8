/**
 * A whole trace as a picture a few dozen pixels high. Pixels are written straight into the image: a canvas takes 100 to
 * 250 ms for 200,000 rectangles, of which nearly all fall on one another.
 */
import type { TraceModel } from './trace-model.ts';

export interface MinimapInput {
  readonly model: TraceModel;
  /** By span, as shown. */
  readonly startMs: Float64Array;
  readonly wholeStartMs: number;
  readonly wholeEndMs: number;
  /** The rows drawn: those that are not folded away do not matter here, a minimap shows all. */
  readonly firstRow: number;
  readonly endRow: number;
  readonly isMatch?: Uint8Array | undefined;
}

/** Colours as the bytes of an image lie: `0xAABBGGRR`. */
export interface MinimapColours {
  /** By service. */
  readonly services: readonly number[];
  readonly error: number;
  readonly match: number;
  readonly faded: number;
}

/** Rows of at most this many pixels: three spans do not fill the height. */
const tallestRowPx = 6;

export function paintMinimap(
  pixels: Uint32Array,
  width: number,
  height: number,
  { model, startMs, wholeStartMs, wholeEndMs, firstRow, endRow, isMatch }: MinimapInput,
  colours: MinimapColours,
): void {
  pixels.fill(0);
  const { nodes } = model.tree;
  const rowCount = endRow - firstRow;
  const pxPerMs = width / Math.max(wholeEndMs - wholeStartMs, Number.MIN_VALUE);
  const pxPerRow = Math.min(height / Math.max(rowCount, 1), tallestRowPx);

  function draw(row: number, colour: number, leastPx: number): void {
    const span = nodes[row] as number;
    const from = Math.floor(((startMs[span] as number) - wholeStartMs) * pxPerMs);
    const to = Math.ceil(((startMs[span] as number) + (model.durationMs[span] as number) - wholeStartMs) * pxPerMs);
    const left = Math.min(Math.max(from, 0), width - leastPx);
    const right = Math.min(Math.max(to, left + leastPx), width);
    const top = Math.min(Math.floor((row - firstRow) * pxPerRow), height - 1);
    // A pixel of air between rows, where there is room for it.
    const bottom = Math.max(top + 1, Math.ceil((row - firstRow + 1) * pxPerRow) - (pxPerRow >= 3 ? 1 : 0));
    const lowest = pxPerRow < 1 ? Math.max(bottom, top + leastPx) : bottom;
    for (let y = top; y < lowest && y < height; y++) pixels.fill(colour, y * width + left, y * width + right);
  }

  for (let row = firstRow; row < endRow; row++) {
    const span = nodes[row] as number;
    if (span < 0) continue;
    const isFaded = isMatch !== undefined && isMatch[span] === 0;
    draw(row, isFaded ? colours.faded : (colours.services[model.serviceOf[span] as number] as number), 1);
  }
  // Last, as they must be found: what matches, and what failed with nothing below it that failed.
  if (isMatch !== undefined) {
    for (let row = firstRow; row < endRow; row++) {
      const span = nodes[row] as number;
      if (span >= 0 && isMatch[span] === 1) draw(row, colours.match, 3);
    }
  }
  for (const span of model.errorOrigins) {
    const row = model.tree.rowOfSpan[span] as number;
    if (row >= firstRow && row < endRow) draw(row, colours.error, 3);
  }
}

/** `rgb(1, 2, 3)`, as browsers resolve every colour of ours, as a pixel. */
export function toPixel(colour: string, alpha = 1): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return ((Math.round(alpha * 255) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
