/** Loads the trace, and again when it has grown. The state of the view stays. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { findRow, rowKeyOf } from './row-key.ts';
import type { TraceModel } from './trace-model.ts';
import type { TraceSource } from './trace-source.ts';
import { createTraceView, type TraceView } from './trace-view.ts';
import { positionOf } from './visible-rows.ts';

/** Loading a trace that keeps growing takes at most this share of the time. */
const loadedShare = 0.25;

/**
 * Many times longer than a local collector takes to connect. After it, loading starts anyway, and repeats once
 * connected.
 */
const maxListenWaitMs = 200;

export function useTraceView(source: TraceSource): { view: TraceView | undefined; error: Error | undefined } {
  const [state, setState] = useState<{ view?: TraceView; error?: Error }>({});
  const latest = useRef<TraceView>();
  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isLoading = false;
    let isStale = false;
    let nextMs = 0;
    let hasBegun = false;

    function load(): void {
      const fromMs = performance.now();
      isLoading = true;
      isStale = false;
      source
        .load(abort.signal)
        .then(show, showError)
        .finally(() => {
          const nowMs = performance.now();
          nextMs = nowMs + (nowMs - fromMs) * (1 / loadedShare - 1);
          isLoading = false;
          if (isStale) loadSoon();
        });
    }
    function loadSoon(): void {
      if (isLoading || timer !== undefined) {
        isStale = true;
        return;
      }
      timer = setTimeout(
        () => {
          timer = undefined;
          load();
        },
        Math.max(nextMs - performance.now(), 0),
      );
    }
    function show(model: TraceModel): void {
      const before = latest.current;
      if (abort.signal.aborted || (before !== undefined && isSame(before.model, model))) return;
      const view = createTraceView(source, model, before);
      if (before !== undefined) keepPlace(before, view);
      latest.current = view;
      setState({ view });
    }
    function showError(error: unknown): void {
      // A shown trace stays, even if the collector no longer answers.
      if (abort.signal.aborted || latest.current !== undefined) return;
      setState({ error: error instanceof Error ? error : new Error(String(error)) });
    }

    function begin(): void {
      clearTimeout(beginTimer);
      hasBegun = true;
      load();
    }
    // Spans that arrive between the answer and the start of listening would be missed. So listen first, but not for long.
    const beginTimer = setTimeout(begin, source.isLive ? maxListenWaitMs : 0);
    const stop = source.onGrowth(() => (hasBegun ? loadSoon() : begin()));
    return () => {
      stop();
      clearTimeout(beginTimer);
      clearTimeout(timer);
      abort.abort();
    };
  }, [source]);
  return { view: state.view, error: state.error };
}

function isSame(one: TraceModel, other: TraceModel): boolean {
  return one.spanCount === other.spanCount && one.totalMs === other.totalMs;
}

/** New spans above the visible rows must not move these: the list scrolls by the number of new rows above. */
function keepPlace(before: TraceView, after: TraceView): void {
  const list = document.querySelector<HTMLElement>('.waterfall');
  if (list === null || list.scrollTop === 0) return;
  const rowHeightPx = 24;
  const topRow = before.visible.peek()[Math.floor(list.scrollTop / rowHeightPx)];
  if (topRow === undefined) return;
  const row = findRow(after.model, rowKeyOf(before.model, topRow));
  const position = positionOf(after.visible.peek(), row);
  // The list scrolls after it has rendered the new rows: a list that is still short cannot scroll that far.
  if (position >= 0) {
    const screenTopPx = list.getBoundingClientRect().top - (list.scrollTop % rowHeightPx);
    after.anchoredRow.value = { position, screenTopPx };
  }
}
