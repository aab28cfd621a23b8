/**
 * Paints a whole trace a few dozen pixels high. It writes pixels into the image: `fillRect` takes 100 to 250 ms for 200,000
 * rectangles, nearly all of which overlap.
 */
import type { TraceModel } from './trace-model.ts';

export interface MinimapInput {
  readonly model: TraceModel;
  /** The shown start of each span. */
  readonly startMs: Float64Array;
  readonly wholeStartMs: number;
  readonly wholeEndMs: number;
  /** The range of rows to paint. The minimap also shows folded rows. */
  readonly firstRow: number;
  readonly endRow: number;
  readonly isMatch?: Uint8Array | undefined;
}

/** Colours in the byte order of an image: `0xAABBGGRR`. */
export interface MinimapColours {
  /** The colour of each service. */
  readonly services: readonly number[];
  readonly error: number;
  readonly match: number;
  readonly faded: number;
}

/** The largest height of a row: three spans do not fill the minimap. */
const maxRowHeightPx = 6;

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
  const pxPerRow = Math.min(height / Math.max(rowCount, 1), maxRowHeightPx);

  function draw(row: number, colour: number, minPx: number): void {
    const span = nodes[row] as number;
    const from = Math.floor(((startMs[span] as number) - wholeStartMs) * pxPerMs);
    const to = Math.ceil(((startMs[span] as number) + (model.durationMs[span] as number) - wholeStartMs) * pxPerMs);
    const left = Math.min(Math.max(from, 0), width - minPx);
    const right = Math.min(Math.max(to, left + minPx), width);
    const top = Math.min(Math.floor((row - firstRow) * pxPerRow), height - 1);
    // Leaves a pixel between rows if rows are high enough.
    const bottom = Math.max(top + 1, Math.ceil((row - firstRow + 1) * pxPerRow) - (pxPerRow >= 3 ? 1 : 0));
    const lowest = pxPerRow < 1 ? Math.max(bottom, top + minPx) : bottom;
    for (let y = top; y < lowest && y < height; y++) pixels.fill(colour, y * width + left, y * width + right);
  }

  for (let row = firstRow; row < endRow; row++) {
    const span = nodes[row] as number;
    if (span < 0) continue;
    const isFaded = isMatch !== undefined && isMatch[span] === 0;
    draw(row, isFaded ? colours.faded : (colours.services[model.serviceOf[span] as number] as number), 1);
  }
  // Matches and the origins of errors are painted last, so that no other span covers them.
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

/** Converts `rgb(1, 2, 3)`, to which browsers resolve all our colours, to a pixel. */
export function toPixel(colour: string, alpha = 1): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return ((Math.round(alpha * 255) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
