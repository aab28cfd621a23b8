/** Draws the scatter: axes, a dot in the colour of its service for each trace, a cross for each trace with errors. */
import { resolveColour } from '../colours/resolve-colour.ts';
import { serviceColourOnCanvas } from '../colours/service-colour.ts';
import { formatRoundMs } from '../format/duration.ts';
import { formatMinute, formatTime } from '../format/time.ts';
import type { ScatterPoint } from './scatter-points.ts';
import { type Domain, durationTicks, type Plot, timeTicks, xOf, yOf } from './scatter-scale.ts';

/** The position of each point, to find the point under the pointer. */
export interface DrawnPoints {
  readonly xs: Float32Array;
  readonly ys: Float32Array;
  readonly count: number;
}

interface Picture {
  readonly points: readonly ScatterPoint[];
  readonly domain: Domain;
  readonly plot: Plot;
}

const radiusPx = 2.75;
/** The size of one mark, on a separate small canvas. */
const markPx = 8;

export function drawScatter(canvas: HTMLCanvasElement, picture: Picture): DrawnPoints {
  const context = canvas.getContext('2d');
  const { points, domain, plot } = picture;
  const xs = new Float32Array(points.length);
  const ys = new Float32Array(points.length);
  if (context === null) return { xs, ys, count: 0 };
  const scale = devicePixelRatio;
  canvas.width = Math.round(canvas.clientWidth * scale);
  canvas.height = Math.round(canvas.clientHeight * scale);
  context.scale(scale, scale);
  drawAxes(context, picture);
  for (const [index, point] of points.entries()) {
    xs[index] = xOf(point.startMs, domain, plot);
    ys[index] = yOf(point.durationMs, domain, plot);
  }
  context.save();
  context.beginPath();
  context.rect(plot.left - markPx / 2, 0, plot.width + markPx, canvas.clientHeight);
  context.clip();
  drawDots(context, picture, xs, ys, scale);
  drawErrors(context, picture, xs, ys);
  context.restore();
  return { xs, ys, count: points.length };
}

function drawAxes(context: CanvasRenderingContext2D, { domain, plot }: Picture): void {
  context.font = `11px ${getComputedStyle(context.canvas).fontFamily}`;
  context.strokeStyle = resolveColour('--line');
  context.fillStyle = resolveColour('--ink-3');
  context.lineWidth = 1;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (const tick of durationTicks(domain)) {
    const y = Math.round(yOf(tick, domain, plot)) + 0.5;
    line(context, plot.left, y, plot.left + plot.width, y);
    context.fillText(formatRoundMs(tick), plot.left - 10, y);
  }
  context.textBaseline = 'top';
  const bottom = plot.top + plot.height;
  const { atMs, stepMs } = timeTicks(domain, plot.width / 90);
  for (const at of atMs) {
    const x = Math.round(xOf(at, domain, plot)) + 0.5;
    line(context, x, bottom, x, bottom + 4);
    const label =
      stepMs < 1000 ? formatTime(at) : stepMs < 60_000 ? formatTime(at, { withMs: false }) : formatMinute(at);
    const half = context.measureText(label).width / 2;
    context.textAlign = 'center';
    if (x - half >= plot.left - 8 && x + half <= plot.left + plot.width + 8) context.fillText(label, x, bottom + 8);
  }
  line(context, plot.left, Math.round(bottom) + 0.5, plot.left + plot.width, Math.round(bottom) + 0.5);
}

// Copies one small picture per service: a path of 20,000 arcs takes seconds.
function drawDots(
  context: CanvasRenderingContext2D,
  { points }: Picture,
  xs: Float32Array,
  ys: Float32Array,
  scale: number,
): void {
  const stamps = new Map<string, HTMLCanvasElement>();
  context.globalAlpha = points.length > 3000 ? 0.5 : 0.8;
  for (const [index, { isError, serviceName }] of points.entries()) {
    if (isError) continue;
    let stamp = stamps.get(serviceName);
    if (stamp === undefined) {
      stamp = makeDot(serviceColourOnCanvas(serviceName), scale);
      stamps.set(serviceName, stamp);
    }
    context.drawImage(stamp, (xs[index] ?? 0) - markPx / 2, (ys[index] ?? 0) - markPx / 2, markPx, markPx);
  }
  context.globalAlpha = 1;
}

function makeDot(colour: string, scale: number): HTMLCanvasElement {
  const stamp = document.createElement('canvas');
  stamp.width = Math.ceil(markPx * scale);
  stamp.height = stamp.width;
  const context = stamp.getContext('2d');
  if (context === null) return stamp;
  context.scale(scale, scale);
  context.fillStyle = colour;
  context.beginPath();
  context.arc(markPx / 2, markPx / 2, radiusPx, 0, 2 * Math.PI);
  context.fill();
  return stamp;
}

// A cross, so that errors differ by shape and not only by colour. On top and with an outline, so that few errors are
// visible among many dots.
function drawErrors(context: CanvasRenderingContext2D, { points }: Picture, xs: Float32Array, ys: Float32Array): void {
  context.beginPath();
  for (const [index, { isError }] of points.entries()) {
    if (!isError) continue;
    const x = xs[index] ?? 0;
    const y = ys[index] ?? 0;
    context.moveTo(x - 3, y - 3);
    context.lineTo(x + 3, y + 3);
    context.moveTo(x + 3, y - 3);
    context.lineTo(x - 3, y + 3);
  }
  context.lineCap = 'round';
  context.strokeStyle = resolveColour('--paper');
  context.lineWidth = 4;
  context.stroke();
  context.strokeStyle = resolveColour('--error');
  context.lineWidth = 1.75;
  context.stroke();
}

function line(context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}
