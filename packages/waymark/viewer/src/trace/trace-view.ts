/**
 * The state of the trace screen. What a link must restore is in the address (`span`, `z`, `tab`, `q`, `only`, `root`,
 * `clocks`, `fold`). The rest is computed from the address and the trace.
 */
import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { param, setParams } from '../router/location.ts';
import { type ClockOffset, listClockOffsets, sentStarts } from './clock-shift.ts';
import { findRow, rowKeyOf } from './row-key.ts';
import { formatWindow, parseWindow, type TimeWindow } from './time-window.ts';
import type { TraceModel } from './trace-model.ts';
import type { TraceSource } from './trace-source.ts';
import {
  foldAtFirst,
  foldFromDepth,
  keepMatches,
  listVisibleRows,
  positionOf,
  reveal,
  unfoldGroups,
} from './visible-rows.ts';

export type Tab = 'waterfall' | 'flame' | 'statistics';

export interface Matches {
  readonly query: string;
  /** For each span: 1 if it matches. */
  readonly isMatch: Uint8Array;
  /** The matching rows, from top to bottom. */
  readonly rows: Int32Array;
}

export interface TraceView {
  readonly source: TraceSource;
  readonly model: TraceModel;
  readonly clockOffsets: readonly ClockOffset[];
  /** Whether the screen shows times as sent instead of corrected times. */
  readonly areTimesSent: ReadonlySignal<boolean>;
  /** The shown start of each span. */
  readonly startMs: ReadonlySignal<Float64Array>;
  /** The first shown start, which times are relative to. Not 0 if the clock of the first start as sent is corrected. */
  readonly originMs: ReadonlySignal<number>;
  readonly whole: ReadonlySignal<TimeWindow>;
  readonly window: ReadonlySignal<TimeWindow>;
  readonly tab: ReadonlySignal<Tab>;
  readonly rootRow: ReadonlySignal<number>;
  readonly folded: Signal<Uint8Array>;
  /** `folded`, with the groups that the search unfolds. */
  readonly shownFolds: ReadonlySignal<Uint8Array>;
  readonly visible: ReadonlySignal<Int32Array>;
  /** The selected row, or -1. */
  readonly selectedRow: ReadonlySignal<number>;
  readonly matches: Signal<Matches | undefined>;
  /** The row to scroll to. The list clears it. */
  readonly scrollTarget: Signal<{ readonly row: number; readonly align: 'nearest' | 'center' } | undefined>;
  /** A row that keeps its position on the screen when the list shows a new view. The list clears it. */
  readonly anchoredRow: Signal<{ readonly position: number; readonly screenTopPx: number } | undefined>;
  select(row: number, align?: 'nearest' | 'center'): void;
  toggleFold(row: number): void;
  setFolded(folded: Uint8Array): void;
  zoomTo(window: TimeWindow): void;
  showMatches(query: string, spans: readonly number[]): void;
}

/** With more folded rows than this, the address does not list them: it would be longer than chat programs allow. */
const maxFoldsInAddress = 24;

/** @param before The view of the same trace when it had fewer spans. Folds and matches are kept. */
export function createTraceView(source: TraceSource, model: TraceModel, before?: TraceView): TraceView {
  const clockOffsets = listClockOffsets(model);
  const areTimesSent = computed(() => param('clocks') === 'sent' && clockOffsets.length > 0);
  const startMs = computed(() => (areTimesSent.value ? sentStarts(model) : model.startMs));
  const rootRow = computed(() => findRow(model, param('root') ?? ''));
  const originMs = computed(() =>
    startMs.value.reduce((first, start) => Math.min(first, start), Number.POSITIVE_INFINITY),
  );
  const whole = computed(() => extentOf(model, startMs.value, rootRow.value));
  const window = computed(() => parseWindow(param('z'), whole.value));
  const tab = computed(() => readTab(param('tab')));
  const folded = signal(before === undefined ? readFolds(model, param('fold')) : carryFolds(before, model));
  const matches = signal<Matches | undefined>(undefined);
  const kept = computed(() => {
    const found = matches.value;
    return param('only') === '1' && found !== undefined ? keepMatches(model.tree, found.isMatch) : undefined;
  });
  // With "Only matches", matches among equal siblings are shown too.
  const shownFolds = computed(() => (kept.value === undefined ? folded.value : unfoldGroups(model.tree, folded.value)));
  const visible = computed(() =>
    listVisibleRows(model.tree, { folded: shownFolds.value, kept: kept.value, rootRow: rootRow.value }),
  );
  const selectedRow = computed(() => findRow(model, param('span') ?? ''));
  const scrollTarget: TraceView['scrollTarget'] = signal(undefined);
  const anchoredRow: TraceView['anchoredRow'] = signal(undefined);

  function setFolded(next: Uint8Array): void {
    folded.value = next;
    setParams({ fold: writeFolds(model, next) }, { replace: true });
  }

  // A link shows its span, even if it is folded at first.
  if (before === undefined && selectedRow.peek() >= 0) {
    folded.value = reveal(model.tree, folded.peek(), selectedRow.peek());
    scrollTarget.value = { row: selectedRow.peek(), align: 'center' };
  }

  return {
    source,
    model,
    clockOffsets,
    areTimesSent,
    startMs,
    originMs,
    whole,
    window,
    tab,
    rootRow,
    folded,
    shownFolds,
    visible,
    selectedRow,
    matches,
    scrollTarget,
    anchoredRow,
    select(row, align = 'nearest') {
      batch(() => {
        const next = reveal(model.tree, folded.peek(), row);
        if (next !== folded.peek()) setFolded(next);
        const isOutside = positionOf(visible.peek(), row) < 0;
        const changes = isOutside ? { root: undefined, only: undefined } : {};
        setParams({ span: rowKeyOf(model, row), ...changes }, { replace: true });
        scrollTarget.value = { row, align };
      });
    },
    toggleFold(row) {
      if ((model.tree.ends[row] as number) === row + 1) return;
      const next = folded.peek().slice();
      next[row] = next[row] === 1 ? 0 : 1;
      setFolded(next);
    },
    setFolded,
    zoomTo(next) {
      const isWhole = next.startMs <= whole.peek().startMs && next.endMs >= whole.peek().endMs;
      setParams({ z: isWhole ? undefined : formatWindow(next) }, { replace: true });
    },
    showMatches(query, spans) {
      const isMatch = new Uint8Array(model.spanCount);
      for (const span of spans) if (span < isMatch.length) isMatch[span] = 1;
      const rows = Int32Array.from(spans, (span) => model.tree.rowOfSpan[span] ?? -1).filter((row) => row >= 0);
      matches.value = { query, isMatch, rows: rows.sort() };
    },
  };
}

/** From the first start to the last end of the shown spans. A loop: spreading 200,000 numbers into Math.max() crashes. */
function extentOf(model: TraceModel, startMs: Float64Array, rootRow: number): TimeWindow {
  const { nodes, ends } = model.tree;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  const endRow = rootRow < 0 ? nodes.length : (ends[rootRow] as number);
  for (let row = Math.max(rootRow, 0); row < endRow; row++) {
    const span = nodes[row] as number;
    if (span < 0) continue;
    const start = startMs[span] as number;
    first = Math.min(first, start);
    last = Math.max(last, start + Math.max(model.durationMs[span] as number, 0));
  }
  // A trace whose spans have no duration still needs an axis.
  return last > first ? { startMs: first, endMs: last } : { startMs: first - 0.5, endMs: first + 0.5 };
}

function readTab(text: string | undefined): Tab {
  return text === 'flame' || text === 'statistics' ? text : 'waterfall';
}

/**
 * `none`: no row is folded. `d3`: all rows from depth 3 on. Otherwise the keys of the rows that differ from the
 * initial state.
 */
function readFolds(model: TraceModel, text = ''): Uint8Array {
  if (text === 'none') return new Uint8Array(model.tree.nodes.length);
  const depth = /^d(\d+)$/.exec(text);
  if (depth !== null) return foldFromDepth(model.tree, Number(depth[1]));
  const folded = foldAtFirst(model.tree);
  for (const key of text === '' ? [] : text.split(',')) {
    const row = findRow(model, key);
    if (row >= 0) folded[row] = folded[row] === 1 ? 0 : 1;
  }
  return folded;
}

function writeFolds(model: TraceModel, folded: Uint8Array): string | undefined {
  if (!folded.includes(1) && model.tree.groups.length > 0) return 'none';
  const keys: string[] = [];
  const atFirst = foldAtFirst(model.tree);
  for (let row = 0; row < folded.length; row++) {
    if (folded[row] === atFirst[row]) continue;
    if (keys.length === maxFoldsInAddress) return undefined;
    keys.push(rowKeyOf(model, row));
  }
  return keys.join(',');
}

function carryFolds(before: TraceView, model: TraceModel): Uint8Array {
  const was = before.folded.peek();
  const wasAtFirst = foldAtFirst(before.model.tree);
  const folded = foldAtFirst(model.tree);
  for (let row = 0; row < was.length; row++) {
    if (was[row] === wasAtFirst[row]) continue;
    const now = findRow(model, rowKeyOf(before.model, row));
    if (now >= 0) folded[now] = was[row] as number;
  }
  return folded;
}
