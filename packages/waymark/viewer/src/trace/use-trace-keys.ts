/** The keyboard shortcuts of the trace screen. */

import { type MutableRef, useRef } from 'preact/hooks';
import { type KeyBinding, useKeys } from '../keys/key-bindings.ts';
import { go, param, setParams } from '../router/location.ts';
import { pan, zoomAround } from './time-window.ts';
import type { TraceCommands } from './trace-commands.ts';
import { searchFieldId } from './trace-toolbar.tsx';
import type { TraceView } from './trace-view.ts';
import { showTab, stepMatches, toggleRoot, zoomToSpan } from './view-actions.ts';
import { foldFromDepth, positionOf } from './visible-rows.ts';
import { listCriticalRows, listErrorRows, listSelfTimeRows, stepThrough } from './walk-rows.ts';

export function useTraceKeys(view: TraceView | undefined, commands: TraceCommands | undefined): void {
  const lastWalk = useRef<Walk>();
  useKeys('Trace', view === undefined ? [] : listKeys(view, commands, lastWalk));
}

/** The last list that a key stepped through, and its row. If the user selects another row, the list starts again. */
interface Walk {
  readonly key: string;
  readonly row: number;
}

function listKeys(
  view: TraceView,
  commands: TraceCommands | undefined,
  lastWalk: MutableRef<Walk | undefined>,
): KeyBinding[] {
  const keys: KeyBinding[] = [
    ...movingKeys(view, lastWalk),
    ...foldingKeys(view),
    ...zoomKeys(view),
    ...viewKeys(view),
  ];
  if (commands === undefined) return keys;
  return [
    ...keys,
    { keys: 'x', does: 'share the trace as a file', run: commands.share },
    { keys: 'm', does: 'compare with the median trace', run: () => commands.compare(view.model) },
  ];
}

function movingKeys(view: TraceView, lastWalk: MutableRef<Walk | undefined>): KeyBinding[] {
  const { model } = view;
  function move(by: number): void {
    const visible = view.visible.peek();
    const at = positionOf(visible, view.selectedRow.peek());
    const next = visible[Math.min(Math.max(at + by, 0), visible.length - 1)];
    if (next !== undefined) view.select(next);
  }
  function walk(row: number | undefined): void {
    if (row !== undefined) view.select(row, 'center');
  }
  function walkList(key: string, rows: readonly number[]): void {
    const selected = view.selectedRow.peek();
    const isOnIt = lastWalk.current?.key === key && lastWalk.current.row === selected;
    const row = rows[isOnIt ? (rows.indexOf(selected) + 1) % rows.length : 0];
    if (row !== undefined) lastWalk.current = { key, row };
    walk(row);
  }
  return [
    { keys: ['j', 'ArrowDown'], does: 'next row', run: () => move(1) },
    { keys: ['k', 'ArrowUp'], does: 'previous row', run: () => move(-1) },
    { keys: 'PageDown', does: 'twenty rows down', run: () => move(20) },
    { keys: 'PageUp', does: 'twenty rows up', run: () => move(-20) },
    { keys: 'Home', does: 'first row', run: () => move(-model.tree.nodes.length) },
    { keys: 'End', does: 'last row', run: () => move(model.tree.nodes.length) },
    { keys: 'e', does: 'next error', run: () => walk(stepThrough(listErrorRows(model), view.selectedRow.peek(), 1)) },
    {
      keys: 'E',
      does: 'previous error',
      run: () => walk(stepThrough(listErrorRows(model), view.selectedRow.peek(), -1)),
    },
    {
      keys: 'c',
      does: 'next longest on the critical path',
      run: () => walkList('c', listCriticalRows(model)),
    },
    {
      keys: 's',
      does: 'next longest self time',
      run: () => walkList('s', listSelfTimeRows(model)),
    },
  ];
}

function foldingKeys(view: TraceView): KeyBinding[] {
  const { tree } = view.model;
  const selected = () => view.selectedRow.peek();
  const hasChildren = (row: number) => row >= 0 && (tree.ends[row] as number) > row + 1;
  const isFolded = (row: number) => view.folded.peek()[row] === 1;
  return [
    {
      keys: ['l', 'ArrowRight'],
      does: 'unfold, or go to the first child',
      run: () => {
        const row = selected();
        if (!hasChildren(row)) return;
        if (isFolded(row)) view.toggleFold(row);
        else view.select(row + 1);
      },
    },
    {
      keys: ['h', 'ArrowLeft'],
      does: 'fold, or go to the parent',
      run: () => {
        const row = selected();
        if (hasChildren(row) && !isFolded(row)) view.toggleFold(row);
        else if ((tree.parents[row] ?? -1) >= 0) view.select(tree.parents[row] as number);
      },
    },
    { keys: ['Enter', ' '], does: 'fold or unfold', run: () => selected() >= 0 && view.toggleFold(selected()) },
    {
      keys: '[',
      does: 'fold one more level',
      run: () => view.setFolded(foldFromDepth(tree, Math.max(deepestOpen(view) - 1, 0))),
    },
    {
      keys: ']',
      does: 'unfold one more level',
      run: () => {
        const depth = deepestOpen(view) + 1;
        const isAllOpen = !view.folded.peek().some((folded, row) => folded === 1 && (tree.nodes[row] as number) >= 0);
        view.setFolded(isAllOpen ? new Uint8Array(tree.nodes.length) : foldFromDepth(tree, depth));
      },
    },
  ];
}

function zoomKeys(view: TraceView): KeyBinding[] {
  function zoom(factor: number): void {
    const window = view.window.peek();
    const span = view.model.tree.nodes[view.selectedRow.peek()] ?? -1;
    const start = view.startMs.peek()[span];
    const middle = (window.startMs + window.endMs) / 2;
    const atMs = start !== undefined && start >= window.startMs && start <= window.endMs ? start : middle;
    view.zoomTo(zoomAround(window, view.whole.peek(), atMs, factor));
  }
  return [
    { keys: ['+', '='], does: 'zoom in', run: () => zoom(0.5) },
    { keys: '-', does: 'zoom out', run: () => zoom(2) },
    { keys: '0', does: 'zoom out to the whole trace', run: () => view.zoomTo(view.whole.peek()) },
    {
      keys: ['<', ','],
      does: 'move to earlier times',
      run: () => view.zoomTo(pan(view.window.peek(), view.whole.peek(), -0.25)),
    },
    {
      keys: ['>', '.'],
      does: 'move to later times',
      run: () => view.zoomTo(pan(view.window.peek(), view.whole.peek(), 0.25)),
    },
    {
      keys: 'f',
      does: 'zoom to the selected span',
      run: () => {
        const span = view.model.tree.nodes[view.selectedRow.peek()] ?? -1;
        if (span >= 0) zoomToSpan(view, span);
      },
    },
    {
      keys: 'r',
      does: 'show only this subtree, or all',
      run: () => view.selectedRow.peek() >= 0 && toggleRoot(view, view.selectedRow.peek()),
    },
    { keys: 'R', does: 'show the whole trace', run: () => setParams({ root: undefined, z: undefined }) },
  ];
}

function viewKeys(view: TraceView): KeyBinding[] {
  return [
    { keys: '/', does: 'find in this trace', run: () => document.getElementById(searchFieldId)?.focus() },
    { keys: 'n', does: 'next match', run: () => stepMatches(view, 1) },
    { keys: 'N', does: 'previous match', run: () => stepMatches(view, -1) },
    {
      keys: 'o',
      does: 'show only matches, or all',
      run: () => view.matches.peek() && setParams({ only: param('only') === '1' ? undefined : '1' }, { replace: true }),
    },
    { keys: '1', does: 'waterfall', run: () => showTab('waterfall') },
    { keys: '2', does: 'flame chart', run: () => showTab('flame') },
    { keys: '3', does: 'statistics', run: () => showTab('statistics') },
    {
      keys: 'Escape',
      does: 'close details, search, trace',
      run: () => {
        if (param('span') !== undefined) setParams({ span: undefined }, { replace: true });
        else if (param('q') !== undefined) setParams({ q: undefined, only: undefined }, { replace: true });
        else if (view.source.isLive) go('/traces');
      },
    },
  ];
}

/** The largest depth of a visible row. */
function deepestOpen({ model: { tree }, visible }: TraceView): number {
  let depth = 0;
  for (const row of visible.peek()) depth = Math.max(depth, tree.depths[row] as number);
  return depth;
}
