/** Loads the trace, and again whenever it has grown; what the reader has done to the view stays. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { findRow, rowKeyOf } from './row-key.ts';
import type { TraceModel } from './trace-model.ts';
import type { TraceSource } from './trace-source.ts';
import { createTraceView, type TraceView } from './trace-view.ts';
import { positionOf } from './visible-rows.ts';

/** A trace that grows all the time is loaded for at most this part of the time. */
const loadedShare = 0.25;

/** Many times what a local collector takes. Later, and the trace is loaded again then. */
const mostListeningMs = 200;

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
      // A trace that is on the screen stays there, whatever becomes of the collector.
      if (abort.signal.aborted || latest.current !== undefined) return;
      setState({ error: error instanceof Error ? error : new Error(String(error)) });
    }

    function begin(): void {
      clearTimeout(beginTimer);
      hasBegun = true;
      load();
    }
    // Spans that came after the answer and before somebody listened would not be seen: so listen first, if not for long.
    const beginTimer = setTimeout(begin, source.isLive ? mostListeningMs : 0);
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

/** New spans above those in sight must not push these away: the list scrolls by as many rows as have come before them. */
function keepPlace(before: TraceView, after: TraceView): void {
  const list = document.querySelector<HTMLElement>('.waterfall');
  if (list === null || list.scrollTop === 0) return;
  const rowHeightPx = 24;
  const topRow = before.visible.peek()[Math.floor(list.scrollTop / rowHeightPx)];
  if (topRow === undefined) return;
  const row = findRow(after.model, rowKeyOf(before.model, topRow));
  const position = positionOf(after.visible.peek(), row);
  // After the new rows are there: a list that is still short cannot be scrolled.
  if (position >= 0) {
    const screenTopPx = list.getBoundingClientRect().top - (list.scrollTop % rowHeightPx);
    after.keptRow.value = { position, screenTopPx };
  }
}
