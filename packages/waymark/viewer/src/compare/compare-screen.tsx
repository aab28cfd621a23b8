/** Compares two traces: slower, added and removed spans. */
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { useResource } from '../api/use-resource.ts';
import { formatPlural } from '../format/count.ts';
import { formatDelta } from '../format/delta.ts';
import { formatDurationMs } from '../format/duration.ts';
import { formatFullTime } from '../format/time.ts';
import { useKeys } from '../keys/key-bindings.ts';
import { go, param, setParams } from '../router/location.ts';
import type { VirtualListHandle } from '../rows/virtual-list.tsx';
import { EmptyState } from '../shell/empty-state.tsx';
import { ServiceName } from '../shell/service-name.tsx';
import { loadComparison } from '../trace/server-source.ts';
import type { TraceModel } from '../trace/trace-model.ts';
import { positionOf } from '../trace/visible-rows.ts';
import { ComparedPanel } from './compared-panel.tsx';
import { ComparedRows } from './compared-rows.tsx';
import { type ComparisonModel, listDifferingRows, listOperationDifferences } from './comparison-model.ts';
import { OperationDifferences } from './operation-differences.tsx';

export function CompareScreen({ a, b }: { readonly a: string; readonly b: string }) {
  const { value: model, error } = useResource(`${a} ${b}`, (signal) => loadComparison(a, b, signal));
  if (model !== undefined) return <Comparison model={model} />;
  if (error === undefined) return <p class="trace-loading">Loading both traces …</p>;
  return (
    <EmptyState title="These traces cannot be compared">
      <p>{error.message}</p>
      <p>
        <a href="/traces">See the stored traces</a>.
      </p>
    </EmptyState>
  );
}

function Comparison({ model }: { readonly model: ComparisonModel }) {
  const list = useRef<VirtualListHandle>(null);
  const lastLargest = useRef<number>();
  const isOnlyDiffering = param('only') === '1';
  const rows = useMemo(
    () => (isOnlyDiffering ? listDifferingRows(model) : model.spansA.map((_, row) => row)),
    [model, isOnlyDiffering],
  );
  const differences = useMemo(() => listOperationDifferences(model), [model]);
  const selected = Number(param('row') ?? -1);
  const { a, b, deltaMs } = model;

  useEffect(() => {
    document.title = 'Compare – Waymark';
  }, []);

  function select(row: number): void {
    setParams({ row: String(row) }, { replace: true });
    list.current?.reveal(positionOf(rows, row));
  }
  function move(by: number): void {
    const next = rows[Math.min(Math.max(positionOf(rows, selected) + by, 0), rows.length - 1)];
    if (next !== undefined) select(next);
  }
  function selectLargest(): void {
    const bySize = [...rows].sort(
      (one, other) => Math.abs(model.deltaSelfMs[other] as number) - Math.abs(model.deltaSelfMs[one] as number),
    );
    const next = bySize[lastLargest.current === selected ? (bySize.indexOf(selected) + 1) % bySize.length : 0];
    lastLargest.current = next;
    if (next !== undefined) select(next);
  }
  useKeys('Compare', [
    { keys: ['j', 'ArrowDown'], does: 'next row', run: () => move(1) },
    { keys: ['k', 'ArrowUp'], does: 'previous row', run: () => move(-1) },
    { keys: 's', does: 'next largest difference', run: selectLargest },
    {
      keys: 'o',
      does: 'show only differences, or all',
      run: () => setParams({ only: isOnlyDiffering ? undefined : '1' }),
    },
    { keys: 'w', does: 'swap A and B', run: () => go(`/compare/${b.traceId}/${a.traceId}`) },
    { keys: 'Escape', does: 'close the details', run: () => setParams({ row: undefined }, { replace: true }) },
  ]);

  const isSelected = selected >= 0 && selected < model.spansA.length;
  return (
    <div class={isSelected ? 'compare with-panel' : 'compare'}>
      <header class="compare-header">
        <h1 class="visually-hidden">Compare two traces</h1>
        <TraceCard letter="A" model={a} />
        <TraceCard letter="B" model={b} />
        <div class="compare-sum">
          <b class={toneOf(deltaMs[0] ?? 0)}>{formatDelta(b.totalMs - a.totalMs)}</b>
          <span class="dim">
            {formatPlural(model.addedCount, 'span')} added, {model.removedCount} removed
          </span>
        </div>
        <div class="trace-actions">
          <button
            type="button"
            aria-pressed={isOnlyDiffering}
            onClick={() => setParams({ only: isOnlyDiffering ? undefined : '1' })}
            title="Show only differences (o)"
          >
            Only differences
          </button>
          <button type="button" onClick={() => go(`/compare/${b.traceId}/${a.traceId}`)} title="Swap A and B (w)">
            Swap
          </button>
        </div>
      </header>
      <OperationDifferences differences={differences} />
      <div class="trace-body compare-body">
        <ComparedRows model={model} rows={rows} selected={selected} onSelect={select} handle={list} />
        {isSelected && <ComparedPanel model={model} row={selected} />}
      </div>
    </div>
  );
}

function TraceCard({ letter, model }: { readonly letter: string; readonly model: TraceModel }) {
  const top = model.roots[0] ?? model.tree.nodes[0] ?? 0;
  return (
    <a
      class="trace-card"
      href={`/trace/${model.traceId}`}
      title={`${model.traceId}, ${formatFullTime(model.startUnixMs)}`}
    >
      <b class="trace-letter">{letter}</b>
      <ServiceName name={model.services[model.serviceOf[top] as number] ?? ''} />
      <span class="clip">{model.names[model.nameOf[top] as number]}</span>
      <b>{formatDurationMs(model.totalMs)}</b>
      <span class="dim">{formatPlural(model.spanCount, 'span')}</span>
    </a>
  );
}

function toneOf(deltaMs: number): string {
  return deltaMs > 0 ? 'slower-text' : 'faster-text';
}
