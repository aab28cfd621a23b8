/** The rows of the trace list: pages from the collector, and traces that arrive while the list is open. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { TraceList, TraceSummary } from '../../../src/api/types.ts';
import { type Filter, fetchTraces } from '../api/client.ts';
import { countAbove, mergeTraces } from './trace-rows.ts';

export interface TraceRows {
  readonly rows: readonly TraceSummary[];
  /** Whether the first page is loading. */
  readonly isLoading: boolean;
  readonly isLoadingMore: boolean;
  readonly error: Error | undefined;
  /** Whether there may be older traces. `ask`: the search stopped because it took long, and continues on a click. */
  readonly older: 'none' | 'more' | 'ask';
  readonly searchedBackToMs: number | undefined;
  /** The number of new traces that are held back, so that rows do not move while the user reads. */
  readonly heldCount: number;
  readonly loadOlder: () => void;
  /** Shows new traces, or holds them back. */
  readonly receive: (traces: readonly TraceSummary[], options: { hold: boolean }) => void;
  readonly release: () => void;
  /** Loads the newest traces again and passes them to `receive`. */
  readonly catchUp: (receive: (traces: readonly TraceSummary[]) => void) => void;
}

const pageSize = 100;
/**
 * With more rows, the oldest are removed, and loaded again when the user scrolls down. So a page that is open for
 * days stays fast.
 */
const maxLiveRows = 5000;

interface State {
  readonly rows: readonly TraceSummary[];
  readonly held: readonly TraceSummary[];
  readonly cursor: string | undefined;
  /** Whether rows were removed at the end. Then the time of the last row replaces the cursor. */
  readonly isCut: boolean;
  readonly isShort: boolean;
  readonly searchedBackToMs: number | undefined;
  readonly error: Error | undefined;
  readonly loading: 'first' | 'older' | 'nothing';
}

const nothing: State = {
  rows: [],
  held: [],
  cursor: undefined,
  isCut: false,
  isShort: false,
  searchedBackToMs: undefined,
  error: undefined,
  loading: 'first',
};

/** @param key Changes when the user changes the filter. The times in `filter` also change with the clock. */
export function useTraceList(key: string, filter: Filter): TraceRows {
  const [state, setState] = useState<State>(nothing);
  const abort = useRef(new AbortController());
  const latestFilter = useRef(filter);
  latestFilter.current = filter;

  // The key changes with the filter.
  useEffect(() => {
    const mine = new AbortController();
    abort.current = mine;
    setState((before) => ({ ...before, held: [], loading: 'first', error: undefined }));
    fetchTraces({ ...latestFilter.current, limit: pageSize }, mine.signal).then(
      // Live traces that arrived meanwhile may be newer than the page.
      (page) => mine.signal.aborted || setState((before) => showTraces(afterPage(nothing, page), before.held)),
      (error: Error) => mine.signal.aborted || setState({ ...nothing, error, loading: 'nothing' }),
    );
    return () => mine.abort();
  }, [key]);

  const loadOlder = () => {
    if (state.loading !== 'nothing') return;
    const { signal } = abort.current;
    const lastMs = state.rows.at(-1)?.startMs;
    const from = state.isCut && lastMs !== undefined ? { endMs: lastMs } : { cursor: state.cursor };
    setState((before) => ({ ...before, loading: 'older' }));
    fetchTraces({ ...latestFilter.current, limit: pageSize, ...from }, signal).then(
      (page) => signal.aborted || setState((before) => afterPage(before, page)),
      (error: Error) => signal.aborted || setState((before) => ({ ...before, error, loading: 'nothing' })),
    );
  };

  return {
    rows: state.rows,
    isLoading: state.loading === 'first',
    isLoadingMore: state.loading === 'older',
    error: state.error,
    older: state.cursor === undefined && !state.isCut ? 'none' : state.isShort ? 'ask' : 'more',
    searchedBackToMs: state.searchedBackToMs,
    heldCount: countAbove(state.rows, state.held),
    loadOlder,
    receive: (traces, { hold }) =>
      setState((before) =>
        hold || before.loading === 'first'
          ? holdTraces(before, traces)
          : showTraces(before, [...before.held, ...traces]),
      ),
    release: () => setState((before) => (before.held.length === 0 ? before : showTraces(before, before.held))),
    catchUp(receive) {
      const { signal } = abort.current;
      fetchTraces({ ...latestFilter.current, limit: pageSize }, signal).then(
        ({ traces }) => signal.aborted || traces.length === 0 || receive(traces),
        () => {}, // the list already shows the error
      );
    },
  };
}

function afterPage(before: State, page: TraceList): State {
  return {
    ...before,
    rows: mergeTraces(before.rows, page.traces),
    cursor: page.cursor,
    isCut: false,
    isShort: page.traces.length < pageSize,
    searchedBackToMs: page.searchedBackToMs,
    error: undefined,
    loading: 'nothing',
  };
}

function showTraces(before: State, traces: readonly TraceSummary[]): State {
  const rows = mergeTraces(before.rows, traces);
  if (rows.length <= maxLiveRows) return { ...before, rows, held: [] };
  return { ...before, rows: rows.slice(0, maxLiveRows), held: [], isCut: true, isShort: false };
}

// Rows that are already shown are updated: that moves no row.
function holdTraces(before: State, traces: readonly TraceSummary[]): State {
  const known = new Set(before.rows.map(({ traceId }) => traceId));
  const grown = traces.filter(({ traceId }) => known.has(traceId));
  return {
    ...before,
    rows: grown.length === 0 ? before.rows : mergeTraces(before.rows, grown),
    held: mergeTraces(
      before.held,
      traces.filter(({ traceId }) => !known.has(traceId)),
    ).slice(0, maxLiveRows),
  };
}
