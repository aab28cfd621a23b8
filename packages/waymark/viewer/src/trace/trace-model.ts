/**
 * A trace in the form that the screen draws: columns of numbers, and joined strings. The worker transfers it to the page
 * without a copy: 200,000 spans are a dozen arrays, not a million objects.
 */
import type { SpanError, TraceOutline } from '../../../src/analysis/outline.ts';
import { type OperationStatistics, statistics } from '../../../src/analysis/statistics.ts';
import type { Finding, Gap, TraceAnalysis } from '../../../src/analysis/trace-analysis.ts';
import { buildRowTree, type RowTree } from './row-tree.ts';

export interface TraceModel {
  readonly traceId: string;
  /** The earliest start, in Unix milliseconds. */
  readonly startUnixMs: number;
  readonly spanCount: number;
  readonly services: readonly string[];
  readonly names: readonly string[];
  readonly signatures: readonly string[];
  /** All span ids, joined: 16 characters each. */
  readonly spanIds: string;
  readonly serviceOf: Int32Array;
  readonly nameOf: Int32Array;
  readonly signatureOf: Int32Array;
  readonly kindOf: Uint8Array;
  readonly statusOf: Uint8Array;
  /** Milliseconds after `startUnixMs`, with corrected clocks. May be negative: only the starts as sent are 0 or more. */
  readonly startMs: Float64Array;
  /** Up to the last known time, for a span with `isUnfinished`. */
  readonly durationMs: Float64Array;
  /** How far the clock of each span is ahead. `startMs` plus this is the start as sent. */
  readonly clockOffsetMs: Float64Array;
  readonly isUnfinished: Uint8Array;
  /** All notes, joined. The note of span `i` is from `noteEnds[i - 1]` to `noteEnds[i]`. */
  readonly notes: string;
  readonly noteEnds: Uint32Array;
  readonly errors: Readonly<Record<number, SpanError>>;
  readonly eventCounts: Uint16Array;
  readonly linkCounts: Uint16Array;
  readonly tree: RowTree;
  /** 1 for each row that failed or has a failed descendant. */
  readonly hasErrorBelow: Uint8Array;
  readonly selfMs: Float64Array;
  readonly criticalMs: Float64Array;
  /**
   * The pieces of the critical path, sorted by row. Those of row `r` are from `criticalEnds[r - 1]` to
   * `criticalEnds[r]`.
   */
  readonly criticalSpans: Int32Array;
  readonly criticalStartMs: Float64Array;
  readonly criticalEndMs: Float64Array;
  readonly criticalEnds: Int32Array;
  /** From the first start to the last end. */
  readonly totalMs: number;
  readonly roots: readonly number[];
  readonly gaps: readonly Gap[];
  readonly errorOrigins: readonly number[];
  readonly findings: readonly Finding[];
  readonly operations: readonly OperationStatistics[];
}

const errorStatus = 2; // statusCodes in outline.ts

export function buildTraceModel(outline: TraceOutline, analysis: TraceAnalysis): TraceModel {
  const spanCount = outline.spanIds.length;
  const tree = buildRowTree(analysis);
  const statusOf = Uint8Array.from(outline.statusOf);
  return {
    traceId: outline.traceId,
    startUnixMs: outline.startUnixMs,
    spanCount,
    services: outline.services,
    names: outline.names,
    signatures: outline.signatures,
    spanIds: outline.spanIds.join(''),
    serviceOf: Int32Array.from(outline.serviceOf),
    nameOf: Int32Array.from(outline.nameOf),
    signatureOf: Int32Array.from(outline.signatureOf),
    kindOf: Uint8Array.from(outline.kindOf),
    statusOf,
    startMs: analysis.startMs,
    durationMs: shownDurations(outline, analysis),
    clockOffsetMs: analysis.clockOffsetMs,
    isUnfinished: markSpans(outline.unfinished, spanCount),
    ...joinNotes(outline.notes, spanCount),
    errors: outline.errors,
    eventCounts: toColumn(outline.eventCounts, spanCount),
    linkCounts: toColumn(outline.linkCounts, spanCount),
    tree,
    hasErrorBelow: markErrors(tree, statusOf),
    selfMs: analysis.selfMs,
    criticalMs: analysis.criticalMs,
    ...criticalColumns(analysis, tree),
    totalMs: analysis.durationMs,
    roots: analysis.roots,
    gaps: analysis.gaps,
    errorOrigins: analysis.errorOrigins,
    findings: analysis.findings,
    operations: statistics(outline, analysis),
  };
}

export function isFailed(model: TraceModel, span: number): boolean {
  return model.statusOf[span] === errorStatus;
}

export function spanIdOf(model: TraceModel, span: number): string {
  return model.spanIds.slice(span * 16, span * 16 + 16);
}

/** Returns the index of the first span with this id, or -1. */
export function findSpan(model: TraceModel, spanId: string): number {
  if (spanId.length !== 16) return -1;
  for (let at = model.spanIds.indexOf(spanId); at >= 0; at = model.spanIds.indexOf(spanId, at + 1)) {
    if (at % 16 === 0) return at / 16;
  }
  return -1;
}

export function noteOf({ notes, noteEnds }: TraceModel, span: number): string {
  return notes.slice(span === 0 ? 0 : noteEnds[span - 1], noteEnds[span]);
}

/** A negative duration is kept, because the rows show it. */
function shownDurations({ durationMs }: TraceOutline, { startMs, endMs }: TraceAnalysis): Float64Array {
  return endMs.map((end, span) => {
    const sentMs = durationMs[span] as number;
    return sentMs < 0 ? sentMs : end - (startMs[span] as number);
  });
}

function markSpans(spans: readonly number[], spanCount: number): Uint8Array {
  const marks = new Uint8Array(spanCount);
  for (const span of spans) marks[span] = 1;
  return marks;
}

/** The buffers that the worker transfers to the page instead of copying them. */
export function transferables(model: TraceModel): ArrayBuffer[] {
  const columns = [...Object.values(model), ...Object.values(model.tree)].filter(ArrayBuffer.isView);
  return [...new Set(columns.map(({ buffer }) => buffer as ArrayBuffer))]; // none is shared between threads
}

function joinNotes(notes: Readonly<Record<number, string>>, spanCount: number): Pick<TraceModel, 'notes' | 'noteEnds'> {
  const noteEnds = new Uint32Array(spanCount);
  const parts: string[] = [];
  let end = 0;
  for (let span = 0; span < spanCount; span++) {
    const note = notes[span];
    if (note !== undefined) {
      parts.push(note);
      end += note.length;
    }
    noteEnds[span] = end;
  }
  return { notes: parts.join(''), noteEnds };
}

function toColumn(sparse: Readonly<Record<number, number>>, spanCount: number): Uint16Array {
  const column = new Uint16Array(spanCount);
  for (const [span, count] of Object.entries(sparse)) column[Number(span)] = Math.min(count, 65_535);
  return column;
}

function markErrors({ nodes, parents }: RowTree, statusOf: Uint8Array): Uint8Array {
  const marks = new Uint8Array(nodes.length);
  for (let row = marks.length - 1; row >= 0; row--) {
    const node = nodes[row] as number;
    if (node >= 0 && statusOf[node] === errorStatus) marks[row] = 1;
    const parent = parents[row] as number;
    if (marks[row] === 1 && parent >= 0) marks[parent] = 1;
  }
  return marks;
}

/** Sorted by row. Descendants follow their row, so the path through a subtree is one range of these columns. */
function criticalColumns(analysis: TraceAnalysis, { nodes, rowOfSpan }: RowTree) {
  // Time without a span has no row.
  const criticalPath = analysis.criticalPath.filter(({ span }) => span !== -1);
  const criticalEnds = new Int32Array(nodes.length);
  for (const { span } of criticalPath) add(criticalEnds, rowOfSpan[span] as number, 1);
  for (let row = 1; row < nodes.length; row++) add(criticalEnds, row, criticalEnds[row - 1] as number);
  const criticalSpans = new Int32Array(criticalPath.length);
  const criticalStartMs = new Float64Array(criticalPath.length);
  const criticalEndMs = new Float64Array(criticalPath.length);
  const next = criticalEnds.slice();
  for (const { span, startMs, endMs } of criticalPath.toReversed()) {
    const row = rowOfSpan[span] as number;
    add(next, row, -1);
    const at = next[row] as number;
    criticalSpans[at] = span;
    criticalStartMs[at] = startMs;
    criticalEndMs[at] = endMs;
  }
  return { criticalSpans, criticalStartMs, criticalEndMs, criticalEnds };
}

function add(column: Int32Array, at: number, count: number): void {
  column[at] = (column[at] as number) + count;
}
