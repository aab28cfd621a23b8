/**
 * Draws a trace for a terminal: a summary line, the tree with times, and the findings. core/src/console/render-trace.ts draws a tree
 * without the analysis, and says why there are two.
 */

import { toPrintable } from '@waymark/core/printable-text';
import { cutToWidth } from '@waymark/core/text-width';
import { type Repeat, spanKinds, type TraceAnalysis, type TraceOutline } from '../analysis/index.ts';
import { countOf } from './count-of.ts';
import { describeFindings } from './describe-findings.ts';
import { drawBar } from './draw-bar.ts';
import { formatDuration } from './format-duration.ts';
import { fitInto, type Line, type Piece, printLine, type ServiceColor, serviceColors, widthOf } from './line.ts';
import { type WaterfallRow, waterfallRows } from './waterfall-rows.ts';

export interface WaterfallOptions {
  readonly colors?: boolean;
  /** Whether the terminal shows links (OSC 8). Default `false`: the URL is printed. */
  readonly links?: boolean;
  /** Columns of the terminal, at least 60. Default 100. */
  readonly width?: number;
  /** The address of the trace in the viewer. */
  readonly url?: string | undefined;
  /** With more rows than this, the least important ones are left out. Default 60. */
  readonly maxRows?: number;
}

const gap = '  ';
const durationWidth = 7;
const minWidth = 60;

/**
 * @returns Lines, each with its line end.
 * @example
 * process.stdout.write(renderWaterfall(outline, analyseTrace(outline), { width: process.stdout.columns }));
 */
export function renderWaterfall(
  outline: TraceOutline,
  analysis: TraceAnalysis,
  { colors = false, links = false, width = 100, url, maxRows = 60 }: WaterfallOptions = {},
): string {
  const room = Math.max(width, minWidth);
  const lines = [
    describeTrace(outline, analysis, links, url),
    ...drawRows(outline, analysis, waterfallRows(outline, analysis, maxRows), room),
    ...describeFindings(outline, analysis).map(
      ({ mark, text }): Line => [{ text: `${mark.padEnd(6)} `, style: 'boldYellow' }, { text: toPrintable(text) }],
    ),
  ];
  return lines.map((line) => `${printLine(line, { colors, links })}\n`).join('');
}

function describeTrace(outline: TraceOutline, analysis: TraceAnalysis, links: boolean, url: string | undefined): Line {
  const spanCount = outline.spanIds.length;
  const errorCount = analysis.errorOrigins.length;
  const counts = [
    countOf(spanCount, 'span'),
    countOf(outline.services.length, 'service'),
    formatDuration(analysis.durationMs),
  ];
  return [
    { text: `trace ${toPrintable(outline.traceId)}`, style: 'bold', link: url },
    { text: `${gap}${counts.join(', ')}`, style: 'dim' },
    { text: errorCount > 0 ? `, ${countOf(errorCount, 'error')}` : '', style: 'red' },
    { text: url === undefined || links ? '' : `\n${gap}${url}`, style: 'dim' },
  ];
}

interface Drawing {
  readonly label: Line;
  readonly durationMs?: number;
  readonly bar?: Line;
  readonly below: readonly Line[];
}

function drawRows(
  outline: TraceOutline,
  analysis: TraceAnalysis,
  rows: readonly WaterfallRow[],
  width: number,
): Line[] {
  const barWidth = Math.floor(width / 4);
  const room = width - barWidth - durationWidth - 2 * gap.length;
  const pieces = stretchesOf(analysis.criticalPath, rows);
  const gaps = stretchesOf(analysis.gaps, rows);
  const context: DrawingContext = { outline, analysis, barWidth, pieces, gaps };
  const drawings = rows.map((row) => {
    const drawing = drawRow(context, row);
    return { ...drawing, label: fitInto(room, drawing.label) };
  });
  const labelWidth = drawings.reduce((widest, { label }) => Math.max(widest, widthOf(label)), 0);
  return drawings.flatMap(({ label, durationMs, bar, below }): Line[] => {
    if (durationMs === undefined) return [label];
    const filling = ' '.repeat(labelWidth - widthOf(label));
    const duration = formatDuration(durationMs).padStart(durationWidth);
    const line: Line = [...label, { text: `${filling}${gap}${duration}${gap}` }, ...(bar ?? [])];
    return [line, ...below.map((each) => fitInto(width, each))];
  });
}

interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
}

interface DrawingContext {
  readonly outline: TraceOutline;
  readonly analysis: TraceAnalysis;
  readonly barWidth: number;
  /** Pieces of the critical path, for each span that is shown. */
  readonly pieces: ReadonlyMap<number, readonly Stretch[]>;
  readonly gaps: ReadonlyMap<number, readonly Stretch[]>;
}

function stretchesOf(
  all: readonly (Stretch & { readonly span: number })[],
  rows: readonly WaterfallRow[],
): ReadonlyMap<number, readonly Stretch[]> {
  const stretches = new Map<number, Stretch[]>();
  for (const { content } of rows) {
    if (content.kind === 'span') stretches.set(content.span, []);
    if (content.kind === 'repeat') for (const span of content.repeat.spans) stretches.set(span, []);
  }
  for (const stretch of all) stretches.get(stretch.span)?.push(stretch);
  return stretches;
}

function drawRow(context: DrawingContext, row: WaterfallRow): Drawing {
  const { content, branch } = row;
  const tree: Piece = { text: branch, style: 'dim' };
  switch (content.kind) {
    case 'span':
      return drawSpan(context, row, content.span);
    case 'repeat':
      return drawRepeat(context, tree, content.repeat);
    case 'missing-parent':
      return {
        label: [tree, { text: `(${toPrintable(content.parentSpanId)} is missing)`, style: 'boldYellow' }],
        below: [],
      };
    case 'left-out':
      return { label: [tree, { text: `… ${countOf(content.spanCount, 'more span')}`, style: 'dim' }], below: [] };
  }
}

function drawSpan(context: DrawingContext, { branch, continuation }: WaterfallRow, span: number): Drawing {
  const { outline, analysis } = context;
  const startMs = analysis.startMs[span] as number;
  const endMs = analysis.endMs[span] as number;
  const isUnfinished = outline.unfinished.includes(span);
  const isFailed = outline.statusOf[span] === 2;
  const color = colorOf(outline, span);
  const bar = drawBar(
    {
      startMs,
      endMs,
      criticalPieces: context.pieces.get(span) ?? [],
      gaps: context.gaps.get(span) ?? [],
    },
    analysis,
    context.barWidth,
  );
  return {
    label: [
      { text: branch, style: 'dim' },
      ...nameOf(context, span),
      { text: isUnfinished ? ' unfinished' : '', style: 'boldYellow' },
      { text: describeClock(analysis, span), style: 'boldYellow' },
      noteOf(outline, span, isFailed),
    ],
    durationMs: isUnfinished ? Number.NaN : endMs - startMs,
    bar: bar.map(({ text, isCritical }) => ({ text, style: isFailed ? 'red' : isCritical ? `bold-${color}` : color })),
    below: errorsToShow(context, span).map((error) => [
      { text: continuation, style: 'dim' },
      { text: `✗ ${toPrintable(error)}`, style: 'red' },
    ]),
  };
}

function drawRepeat(context: DrawingContext, tree: Piece, repeat: Repeat): Drawing {
  const { outline, analysis } = context;
  const [first] = repeat.spans as readonly [number, ...number[]]; // a repeat has spans
  const failedCount = repeat.spans.filter((span) => outline.statusOf[span] === 2).length;
  const color = colorOf(outline, first);
  let endMs = Number.NEGATIVE_INFINITY;
  const criticalPieces: Stretch[] = [];
  for (const span of repeat.spans) {
    endMs = Math.max(endMs, analysis.endMs[span] as number);
    for (const piece of context.pieces.get(span) ?? []) criticalPieces.push(piece);
  }
  const bar = drawBar(
    { startMs: analysis.startMs[first] as number, endMs, criticalPieces, gaps: [] },
    analysis,
    context.barWidth,
  );
  return {
    label: [
      tree,
      ...nameOf(context, first),
      { text: ` ×${repeat.spans.length}`, style: 'bold' },
      { text: `${repeat.isNPlusOne ? ' N+1' : ''}${repeat.isParallel ? ' in parallel' : ''}`, style: 'boldYellow' },
      { text: failedCount > 0 ? ` ${failedCount} failed` : '', style: 'red' },
      noteOf(outline, first, false),
    ],
    durationMs: repeat.coveredMs,
    bar: bar.map(({ text, isCritical }) => ({ text, style: isCritical ? `bold-${color}` : color })),
    below: [],
  };
}

const kindMarks: readonly string[] = spanKinds.map(
  (kind) => ({ unspecified: '', internal: '', server: '▸ ', client: '→ ', producer: '⇢ ', consumer: '▹ ' })[kind],
);

/** How far a span has been moved, at the first span of each clock. */
function describeClock({ clockOffsetMs, parents }: TraceAnalysis, span: number): string {
  const offsetMs = clockOffsetMs[span] as number;
  const parent = parents[span] as number;
  if (offsetMs === (parent === -1 ? 0 : clockOffsetMs[parent])) return '';
  return offsetMs === 0 ? ' clock ±0' : ` clock ${offsetMs < 0 ? '−' : '+'}${formatDuration(Math.abs(offsetMs))}`;
}

/** The service is named at the span where the trace enters it. */
function nameOf({ outline, analysis }: DrawingContext, span: number): Line {
  const parent = analysis.parents[span] as number;
  const isEntry = parent === -1 || outline.serviceOf[parent] !== outline.serviceOf[span];
  const service = outline.services[outline.serviceOf[span] as number] ?? '';
  return [
    { text: isEntry ? `${shortened(service)} ` : '', style: colorOf(outline, span) },
    { text: kindMarks[outline.kindOf[span] as number] ?? '', style: 'dim' },
    { text: shortened(outline.names[outline.nameOf[span] as number] ?? ''), style: isEntry ? 'bold' : undefined },
  ];
}

/** Leaves out what the name says already, such as the first word of a query. */
function noteOf({ notes, names, nameOf: numbers }: TraceOutline, span: number, isFailed: boolean): Piece {
  const note = notes[span];
  const name = names[numbers[span] as number] ?? '';
  const rest = note?.startsWith(`${name} `) ? note.slice(name.length + 1) : note;
  return { text: rest === undefined ? '' : ` ${shortened(rest)}`, style: isFailed ? 'red' : 'dim' };
}

function colorOf({ serviceOf }: TraceOutline, span: number): ServiceColor {
  return serviceColors[(serviceOf[span] as number) % serviceColors.length] ?? 'cyan';
}

/** Only for the span in which the error began. Its ancestors fail with the same error. */
function errorsToShow({ outline, analysis }: DrawingContext, span: number): string[] {
  if (outline.statusOf[span] !== 2 || !analysis.errorOrigins.includes(span)) return [];
  const { type, message } = outline.errors[span] ?? {};
  if (message !== undefined) return [shortened(type === undefined ? message : `${type}: ${message}`)];
  // A status code is an error type too, and the row shows it already.
  return type === undefined || /^\d+$/.test(type) ? [] : [shortened(type)];
}

// Names and messages may be megabytes long, wider than any terminal.
const maxShownLength = 500;

function shortened(text: string): string {
  return toPrintable(text.length > maxShownLength ? cutToWidth(text, maxShownLength) : text);
}
