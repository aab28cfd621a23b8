/** The traces screen: query, time range, scatter, facets and list, with the same filter. */
import { useMemo, useRef, useState } from 'preact/hooks';
import type { TraceSummary } from '../../../src/api/types.ts';
import { type Filter, fetchFacets } from '../api/client.ts';
import { liveState, useLiveTraces } from '../api/live-events.ts';
import { useResource } from '../api/use-resource.ts';
import { formatPlural } from '../format/count.ts';
import { useKeys } from '../keys/key-bindings.ts';
import { QueryLine } from '../query-line/query-line.tsx';
import { findProblem } from '../query-line/query-problem.ts';
import { go, link, param, setParams } from '../router/location.ts';
import type { VirtualListHandle } from '../rows/virtual-list.tsx';
import { useTitle } from '../shell/use-title.ts';
import { boundsOf, shownBounds } from '../time-range/read-range.ts';
import { currentRange, rangeKey, showBetween, widen } from '../time-range/time-range.ts';
import { TimeRangePicker } from '../time-range/time-range-picker.tsx';
import { useNow } from '../time-range/use-now.ts';
import { FacetPanel } from './facet-panel.tsx';
import { facetState, toggleFacet } from './facet-terms.ts';
import { ListEnd } from './list-end.tsx';
import { LiveButton } from './live-button.tsx';
import { NoTraces } from './no-traces.tsx';
import { ScatterPlot } from './scatter-plot.tsx';
import { TraceList } from './trace-list.tsx';
import { useFacetKey } from './use-facet-key.ts';
import { useScatter } from './use-scatter.ts';
import { useTraceList } from './use-trace-list.ts';

export function TracesScreen() {
  const query = param('q') ?? '';
  const range = currentRange();
  const isPaused = param('paused') !== undefined;
  const isUpToNow = range.kind === 'last';
  const [reloads, setReloads] = useState(0);
  const isValid = findProblem(query) === undefined;
  const key = `${isValid ? query : ''} ${rangeKey(range)} ${reloads}`;

  const nowMs = useNow(isUpToNow && !isPaused ? (range.lengthMs ?? 60_000) / 1000 : undefined);
  const filter: Filter = { query: isValid ? query : undefined, ...boundsOf(range, nowMs) };
  const list = useTraceList(key, filter);
  const scatter = useScatter(key, filter);
  const facetKey = useFacetKey(key, scatter.points, isPaused);
  const facets = useResource(facetKey, (signal) => fetchFacets(filter, signal));

  const handle = useRef<VirtualListHandle>(null);
  const isScrolled = useRef(false);
  const [selectedId, setSelectedId] = useState(param('at'));
  const [areFacetsOpen, setFacetsOpen] = useState(false);
  useTitle(query === '' ? 'Traces' : `${query} – Traces`);

  const receive = (traces: readonly TraceSummary[]) => {
    list.receive(traces, { hold: isPaused || isScrolled.current });
    if (!isPaused) scatter.receive(traces);
  };
  useLiveTraces(
    isUpToNow && isValid ? query : undefined,
    receive,
    () => list.catchUp(receive),
    () => setReloads((count) => count + 1),
  );

  // The query goes along, so that the trace screen marks the matching spans.
  const linkTo = (traceId: string) => link(`/trace/${traceId}`, { q: query });
  const open = (traceId: string) => {
    // Back returns to the list with the same row selected.
    setParams({ at: traceId }, { replace: true });
    go(linkTo(traceId));
  };
  const select = (index: number) => {
    const row = list.rows[Math.min(list.rows.length - 1, Math.max(0, index))];
    if (row === undefined) return;
    setSelectedId(row.traceId);
    handle.current?.reveal(list.rows.indexOf(row));
  };
  const selected = () => list.rows.findIndex(({ traceId }) => traceId === selectedId);
  const togglePause = () => {
    if (!isUpToNow) return;
    if (isPaused) list.release();
    setParams({ paused: isPaused ? undefined : 1 }, { replace: true });
  };
  useKeys('Traces', [
    { keys: ['j', 'ArrowDown'], does: 'next trace', run: () => select(selected() + 1) },
    { keys: ['k', 'ArrowUp'], does: 'previous trace', run: () => select(selected() - 1) },
    { keys: ['PageDown'], does: 'one page down', run: () => select(selected() + 20) },
    { keys: ['PageUp'], does: 'one page up', run: () => select(selected() - 20) },
    { keys: ['Home'], does: 'newest trace', run: () => select(0) },
    { keys: ['End'], does: 'last loaded trace', run: () => select(list.rows.length - 1) },
    { keys: ['Enter', 'o'], does: 'open the trace', run: () => selectedId !== undefined && open(selectedId) },
    { keys: 'p', does: 'pause or resume live updates', run: togglePause },
    { keys: 'f', does: 'show or hide the filters, on narrow pages', run: () => setFacetsOpen(!areFacetsOpen) },
    { keys: '-', does: 'longer time range', run: () => widen(range) },
  ]);

  const { startMs, endMs } = shownBounds(range, scatter, nowMs);
  const isEmpty = list.rows.length === 0 && !list.isLoading && list.error === undefined;
  // Preact does not render the same element again. Rows change more often than this.
  const facetPanel = useMemo(
    () => (
      <FacetPanel
        facets={facets.value}
        isLoading={facets.isLoading}
        stateOf={(facet, value) => facetState(query, facet, value)}
        onToggle={(facet, value, isExcluded) => setParams({ q: toggleFacet(query, facet, value, { isExcluded }) })}
      />
    ),
    [facets.value, facets.isLoading, query],
  );
  const scatterPlot = useMemo(
    () => (
      <ScatterPlot
        points={scatter.points}
        totalCount={scatter.totalCount}
        isComplete={scatter.isComplete}
        startMs={startMs}
        endMs={endMs}
        selectedId={selectedId}
        onChooseTime={showBetween}
        onOpen={open}
      />
    ),
    [scatter, startMs, endMs, selectedId, query],
  );
  return (
    <div class={`traces ${areFacetsOpen ? 'facets-open' : ''}`}>
      <h1 class="visually-hidden">Traces</h1>
      <div class="traces-bar">
        <QueryLine query={query} onQuery={(q) => setParams({ q })} />
        <button
          type="button"
          class="facets-button"
          aria-expanded={areFacetsOpen}
          onClick={() => setFacetsOpen(!areFacetsOpen)}
        >
          Filters
        </button>
        <TimeRangePicker />
        {isUpToNow && <LiveButton isPaused={isPaused} heldCount={list.heldCount} onToggle={togglePause} />}
      </div>
      {facetPanel}
      <div class="traces-main">
        {scatterPlot}
        {list.error !== undefined && (
          <p class="list-problem" role="alert">
            <span class="error-text">{list.error.message}</span>
            <button type="button" onClick={() => setReloads((count) => count + 1)}>
              Try again
            </button>
          </p>
        )}
        {isEmpty ? (
          <NoTraces
            query={query}
            range={range}
            refreshKey={`${key} ${liveState.value}`}
            onContinue={list.older === 'none' ? undefined : list.loadOlder}
          />
        ) : (
          <TraceList
            rows={list.rows}
            selectedId={selectedId}
            linkTo={linkTo}
            onSelect={setSelectedId}
            onRange={(_, end) => list.older === 'more' && end >= list.rows.length && list.loadOlder()}
            onScroll={(topPx) => {
              isScrolled.current = topPx > 4;
              if (!isScrolled.current && !isPaused) list.release();
            }}
            handle={handle}
            footer={<ListEnd list={list} />}
          />
        )}
        {list.heldCount > 0 && !isPaused && (
          <button
            type="button"
            class="primary held"
            onClick={() => {
              handle.current?.element()?.scrollTo({ top: 0 });
              list.release();
            }}
          >
            {formatPlural(list.heldCount, 'newer trace')}
          </button>
        )}
      </div>
    </div>
  );
}
