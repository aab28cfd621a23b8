/** New and growing traces, from the collector's server-sent events. */
import { effect, signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { TraceEvent, TraceSummary } from '../../../src/api/types.ts';
import { withParams } from './client.ts';

/** The state of the connection to the collector. */
export const liveState = signal<'off' | 'connecting' | 'live' | 'lost'>('off');

// Browsers allow six HTTP/1.1 connections to one origin, for all tabs together. A hidden tab must not hold one.
const isHidden = signal(document.hidden);
document.addEventListener('visibilitychange', () => {
  isHidden.value = document.hidden;
});

/** Events arrive one by one. Screens draw at most once in this time. */
const batchMs = 150;

/** The same as the `retry:` that the collector sends. */
const retryMs = 2000;

/** The callbacks of `listenToTraces`. */
export interface TraceListener {
  readonly onTrace: (trace: TraceSummary) => void;
  /**
   * Every trace that arrives from now on is reported. Traces that arrived between the page's request and now were
   * not.
   */
  readonly onHeard: () => void;
  /** Some traces were not reported: the connection broke, or this page was too slow. */
  readonly onMissed: () => void;
  readonly onState?: (state: 'connecting' | 'live' | 'lost') => void;
}

/** @returns A function that stops it. */
export function listenToTraces(
  { query, isReconnect = false }: { readonly query?: string; readonly isReconnect?: boolean },
  { onTrace, onHeard, onMissed, onState }: TraceListener,
): () => void {
  let source: EventSource | undefined;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let wasLost = isReconnect;

  function connect(): void {
    const mine = new EventSource(withParams('/waymark/events', { query }));
    source = mine;
    onState?.('connecting');
    mine.onopen = () => {
      onState?.('live');
      // The collector does not repeat what arrived while the connection was down.
      if (wasLost) onMissed();
      else onHeard();
      wasLost = false;
    };
    mine.onerror = () => {
      wasLost = true;
      onState?.('lost');
      // After an answer other than 200, such as from a collector that is shutting down, the browser does not reconnect.
      if (mine.readyState === EventSource.CLOSED) retryTimer = setTimeout(connect, retryMs);
    };
    mine.addEventListener('trace', (event) => {
      const { trace } = JSON.parse(event.data) as TraceEvent; // from the collector that serves this page
      onTrace(trace);
    });
    // The collector buffers nothing for a slow reader.
    mine.addEventListener('missed', onMissed);
  }
  function disconnect(): void {
    clearTimeout(retryTimer);
    source?.close();
    source = undefined;
  }
  const stopWatching = effect(() => {
    if (!isHidden.value) {
      connect();
    } else if (source !== undefined) {
      disconnect();
      wasLost = true;
    }
  });
  return () => {
    stopWatching();
    disconnect();
  };
}

/**
 * Listens while the component is mounted and `query` is not undefined. Summaries arrive in batches. A batch has the newest
 * summary of each trace.
 */
export function useLiveTraces(
  query: string | undefined,
  onTraces: (traces: readonly TraceSummary[]) => void,
  onHeard: () => void,
  onMissed: () => void,
): void {
  const latest = useRef({ onTraces, onHeard, onMissed });
  latest.current = { onTraces, onHeard, onMissed };
  const listenedQuery = useRef<string>();
  useEffect(() => {
    if (query === undefined) return;
    const waiting = new Map<string, TraceSummary>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      timer = undefined;
      const traces = [...waiting.values()];
      waiting.clear();
      latest.current.onTraces(traces);
    };
    const isReconnect = listenedQuery.current === query;
    listenedQuery.current = query;
    const stop = listenToTraces(
      { query, isReconnect },
      {
        onTrace(trace) {
          waiting.set(trace.traceId, trace);
          timer ??= setTimeout(flush, batchMs);
        },
        onHeard: () => latest.current.onHeard(),
        onMissed: () => latest.current.onMissed(),
        onState(state) {
          // The state stays `lost` until the connection is back.
          if (state !== 'connecting' || liveState.peek() !== 'lost') liveState.value = state;
        },
      },
    );
    return () => {
      clearTimeout(timer);
      stop();
      if (liveState.peek() !== 'lost') liveState.value = 'off';
    };
  }, [query]);
}
