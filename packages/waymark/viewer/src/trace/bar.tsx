/** The bar of a row: the whole span pale, self time solid, the critical path as a line below, gaps hatched. */
import { serviceColour } from '../colours/service-colour.ts';
import { formatDurationMs } from '../format/duration.ts';
import { criticalPieces, type Pieces, selfPieces } from './bar-pieces.ts';
import type { RowGroup } from './row-tree.ts';
import type { TimeWindow } from './time-window.ts';
import { isFailed } from './trace-model.ts';
import type { TraceView } from './trace-view.ts';

/** Pieces narrower than this share of the window are invisible. */
const minShare = 0.0008;

/** Gaps narrower than this share of the window are too narrow for a label. */
const minLabelledShare = 0.14;

interface BarProps {
  readonly view: TraceView;
  readonly row: number;
  readonly isFolded: boolean;
}

export function SpanBar({ view, span, row, isFolded }: BarProps & { readonly span: number }) {
  const { model } = view;
  const startMs = view.startMs.value;
  const window = view.window.value;
  const start = startMs[span] as number;
  const duration = model.durationMs[span] as number;
  const box = place(window, start, start + Math.max(duration, 0));
  if (box === undefined) return <OutsideWindow isBefore={start < window.startMs} />;
  const minMs = (window.endMs - window.startMs) * minShare;
  const colour = serviceColour(model.services[model.serviceOf[span] as number] ?? '');
  return (
    <>
      <i class={isFailed(model, span) ? 'bar failed' : 'bar'} style={{ ...box, '--colour': colour }} />
      {toBoxes(selfPieces(model, startMs, span, minMs), window).map((piece) => (
        <i key={piece.left} class="bar-self" style={{ ...piece, '--colour': colour }} />
      ))}
      {gapsOf(view, span).map((gap) => {
        const shiftMs = start - (model.startMs[span] as number);
        const gapBox = place(window, gap.startMs + shiftMs, gap.endMs + shiftMs);
        if (gapBox === undefined) return null;
        const text = formatDurationMs(gap.endMs - gap.startMs);
        const isLabelled = (gap.endMs - gap.startMs) / (window.endMs - window.startMs) > minLabelledShare;
        return (
          <i
            key={gap.startMs}
            class="bar-gap"
            style={gapBox}
            title={`${text} without a span: uninstrumented work, or waiting`}
          >
            {isLabelled && <span>uninstrumented {text}</span>}
          </i>
        );
      })}
      {toBoxes(criticalPieces(model, startMs, row, isFolded, window, minMs), window).map((piece) => (
        <i key={piece.left} class="bar-critical" style={piece} />
      ))}
    </>
  );
}

export function GroupBar({ view, group, row, isFolded }: BarProps & { readonly group: RowGroup }) {
  const { model } = view;
  const window = view.window.value;
  const minMs = (window.endMs - window.startMs) * minShare;
  const pieces = joinSpans(group.spans, view.startMs.value, model.durationMs, minMs);
  const colour = serviceColour(model.services[model.serviceOf[group.spans[0] ?? 0] as number] ?? '');
  const isMissing = group.kind === 'missing-parent';
  if (isMissing) {
    const box = place(window, pieces[0] ?? 0, pieces.at(-1) ?? 0);
    return box === undefined ? null : <i class="bar-missing" style={box} />;
  }
  return (
    <>
      {toBoxes(pieces, window).map((piece) => (
        <i key={piece.left} class="bar-many" style={{ ...piece, '--colour': colour }} />
      ))}
      {toBoxes(criticalPieces(model, view.startMs.value, row, isFolded, window, minMs), window).map((piece) => (
        <i key={piece.left} class="bar-critical" style={piece} />
      ))}
    </>
  );
}

function OutsideWindow({ isBefore }: { readonly isBefore: boolean }) {
  return <i class={isBefore ? 'bar-elsewhere before' : 'bar-elsewhere after'}>{isBefore ? '‹' : '›'}</i>;
}

type Box = { left: string; width: string };

function place({ startMs, endMs }: TimeWindow, fromMs: number, toMs: number): Box | undefined {
  const width = endMs - startMs;
  const from = Math.max((fromMs - startMs) / width, 0);
  const to = Math.min((toMs - startMs) / width, 1);
  if (from > 1 || to < 0 || from > to) return undefined;
  return { left: `${(from * 100).toFixed(3)}%`, width: `${((to - from) * 100).toFixed(3)}%` };
}

function toBoxes(pieces: Pieces, window: TimeWindow): Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at < pieces.length; at += 2) {
    const box = place(window, pieces[at] as number, pieces[at + 1] as number);
    if (box !== undefined && box.left !== boxes.at(-1)?.left) boxes.push(box);
  }
  return boxes;
}

/** The times in which at least one of the spans ran. Invisible pauses are left out. */
function joinSpans(spans: readonly number[], startMs: Float64Array, durationMs: Float64Array, minMs: number): number[] {
  const pieces: number[] = [];
  for (const span of spans.toSorted((one, other) => (startMs[one] as number) - (startMs[other] as number))) {
    const start = startMs[span] as number;
    const end = start + Math.max(durationMs[span] as number, 0);
    const last = pieces.length - 1;
    if (last > 0 && start - (pieces[last] as number) < minMs) pieces[last] = Math.max(pieces[last] as number, end);
    else pieces.push(start, end);
  }
  return pieces;
}

const gapsByModel = new WeakMap<TraceView['model'], Map<number, TraceView['model']['gaps'][number][]>>();

function gapsOf({ model }: TraceView, span: number): readonly TraceView['model']['gaps'][number][] {
  let gaps = gapsByModel.get(model);
  if (gaps === undefined) {
    gaps = new Map();
    for (const gap of model.gaps) {
      const known = gaps.get(gap.span);
      if (known === undefined) gaps.set(gap.span, [gap]);
      else known.push(gap);
    }
    gapsByModel.set(model, gaps);
  }
  return gaps.get(span) ?? [];
}
