/** Draws a flame chart, and finds the span at a position. */
import type { FlameLayout } from './flame-layout.ts';
import type { TimeWindow } from './time-window.ts';
import { isFailed, type TraceModel } from './trace-model.ts';

export const levelHeightPx = 20;

export interface FlamePicture {
  readonly model: TraceModel;
  readonly layout: FlameLayout;
  readonly startMs: Float64Array;
  readonly window: TimeWindow;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly scrollTopPx: number;
  readonly selectedSpan: number;
  readonly isMatch?: Uint8Array | undefined;
}

export interface FlameColours {
  readonly services: readonly string[];
  readonly text: string;
  readonly paper: string;
  readonly error: string;
  readonly focus: string;
  readonly font: string;
}

/** Boxes narrower than this are too narrow for a name. */
const minNamedPx = 28;

export function drawFlame(context: CanvasRenderingContext2D, picture: FlamePicture, colours: FlameColours): void {
  const { model, layout, startMs, window, widthPx, heightPx, scrollTopPx } = picture;
  const pxPerMs = widthPx / (window.endMs - window.startMs);
  const firstLevel = Math.floor(scrollTopPx / levelHeightPx);
  const lastLevel = Math.ceil((scrollTopPx + heightPx) / levelHeightPx);
  // The right edge of what is drawn on each level: of the spans on one pixel, only the first is drawn.
  const drawnUntilPx = new Float64Array(Math.max(lastLevel - firstLevel + 1, 1)).fill(-1);
  context.clearRect(0, 0, widthPx, heightPx);
  context.font = colours.font;
  context.textBaseline = 'middle';
  for (let span = 0; span < model.spanCount; span++) {
    const level = layout.levels[span] as number;
    if (level < firstLevel || level > lastLevel) continue;
    const from = ((startMs[span] as number) - window.startMs) * pxPerMs;
    const to = from + Math.max((model.durationMs[span] as number) * pxPerMs, 1);
    const isSelected = span === picture.selectedSpan;
    if (to < 0 || from > widthPx || (!isSelected && to <= (drawnUntilPx[level - firstLevel] as number))) continue;
    drawnUntilPx[level - firstLevel] = Math.max(Math.ceil(to), drawnUntilPx[level - firstLevel] as number);
    drawBox(span, Math.max(from, -2), Math.min(to, widthPx + 2), level * levelHeightPx - scrollTopPx, isSelected);
  }

  function drawBox(span: number, left: number, right: number, top: number, isSelected: boolean): void {
    const width = Math.max(right - left - 1, 1);
    const isFaded = picture.isMatch !== undefined && picture.isMatch[span] === 0;
    context.globalAlpha = isFaded ? 0.12 : 0.32;
    context.fillStyle = colours.services[model.serviceOf[span] as number] ?? colours.text;
    context.fillRect(left, top + 1, width, levelHeightPx - 2);
    context.globalAlpha = isFaded ? 0.3 : 1;
    context.fillRect(left, top + 1, Math.min(3, width), levelHeightPx - 2);
    if (isFailed(model, span)) {
      context.fillStyle = colours.error;
      context.fillRect(left, top + levelHeightPx - 3, width, 2);
    }
    if (isSelected) {
      context.strokeStyle = colours.focus;
      context.lineWidth = 2;
      context.strokeRect(left + 1, top + 2, Math.max(width - 2, 1), levelHeightPx - 4);
    }
    if (width >= minNamedPx) {
      const textLeft = Math.max(left, 0) + 7;
      context.fillStyle = colours.text;
      context.fillText(
        fit(context, labelOf(model, span), left + width - textLeft - 3),
        textLeft,
        top + levelHeightPx / 2 + 0.5,
      );
    }
    context.globalAlpha = 1;
  }
}

/** The span at a position of the picture, or -1. */
export function hitFlame(
  { model, layout, startMs, window, widthPx, scrollTopPx }: FlamePicture,
  x: number,
  y: number,
): number {
  const level = Math.floor((y + scrollTopPx) / levelHeightPx);
  const msPerPx = (window.endMs - window.startMs) / widthPx;
  const atMs = window.startMs + x * msPerPx;
  let nearest = -1;
  let nearestMs = 2 * msPerPx; // a box of one pixel can be hit within two
  for (let span = 0; span < model.spanCount; span++) {
    if (layout.levels[span] !== level) continue;
    const start = startMs[span] as number;
    const end = start + Math.max(model.durationMs[span] as number, 0);
    const distanceMs = Math.max(start - atMs, atMs - end, 0);
    if (distanceMs < nearestMs) {
      nearest = span;
      nearestMs = distanceMs;
    }
    if (distanceMs === 0) break;
  }
  return nearest;
}

function labelOf(model: TraceModel, span: number): string {
  return model.names[model.nameOf[span] as number] ?? '';
}

const widths = new Map<string, number>();

/** Cuts a string to a width. */
function fit(context: CanvasRenderingContext2D, text: string, roomPx: number): string {
  let width = widths.get(text);
  if (width === undefined) {
    if (widths.size > 5000) widths.clear();
    width = context.measureText(text).width;
    widths.set(text, width);
  }
  if (width <= roomPx) return text;
  const length = Math.floor((text.length * roomPx) / width) - 2;
  return length < 2 ? '' : `${text.slice(0, length)}…`;
}
