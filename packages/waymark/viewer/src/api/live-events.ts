/** Traces as they grow: the collector's server-sent events. */
import { effect, signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { TraceEvent, TraceSummary } from '../../../src/api/types.ts';
import { withParams } from './client.ts';

/** Whether the collector is heard. */
export const liveState = signal<'off' | 'connecting' | 'live' | 'lost'>('off');

// Browsers allow six connections to one address for all tabs together: a tab that nobody looks at must not hold one.
const isHidden = signal(document.hidden);
document.addEventListener('visibilitychange', () => {
  isHidden.value = document.hidden;
});

/** Events come one by one; screens draw at most this often. */
const batchMs = 150;

/** As the collector asks browsers to. */
const retryMs = 2000;

/** What `listenToTraces` calls back. */
export interface TraceListener {
  readonly onTrace: (trace: TraceSummary) => void;
  /** From here on all is told; what came since the page asked was not. */
  readonly onHeard: () => void;
  /** Some were not told: after a break, or since this page was slow. */
  readonly onMissed: () => void;
  readonly onState?: (state: 'connecting' | 'live' | 'lost') => void;
}

/** @returns A way to stop. */
export function listenToTraces(
  { query, isAgain = false }: { readonly query?: string; readonly isAgain?: boolean },
  { onTrace, onHeard, onMissed, onState }: TraceListener,
): () => void {
  let source: EventSource | undefined;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let wasLost = isAgain;

  function connect(): void {
    const mine = new EventSource(withParams('/waymark/events', { query }));
    source = mine;
    onState?.('connecting');
    mine.onopen = () => {
      onState?.('live');
      // What came while nobody listened is not told again.
      if (wasLost) onMissed();
      else onHeard();
      wasLost = false;
    };
    mine.onerror = () => {
      wasLost = true;
      onState?.('lost');
      // After an answer other than 200, as of a collector that is about to end, the browser does not try again by itself.
      if (mine.readyState === EventSource.CLOSED) retryTimer = setTimeout(connect, retryMs);
    };
    mine.addEventListener('trace', (event) => {
      const { trace } = JSON.parse(event.data) as TraceEvent; // from the collector that serves this page
      onTrace(trace);
    });
    // The collector keeps nothing for a reader that is slow.
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
 * Listens while the component is there and `query` is not undefined. The summaries of a moment come together, each
 * trace once, in its newest form.
 */
export function useLiveTraces(
  query: string | undefined,
  onTraces: (traces: readonly TraceSummary[]) => void,
  onHeard: () => void,
  onMissed: () => void,
): void {
  const latest = useRef({ onTraces, onHeard, onMissed });
  latest.current = { onTraces, onHeard, onMissed };
  const heardQuery = useRef<string>();
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
    const isAgain = heardQuery.current === query;
    heardQuery.current = query;
    const stop = listenToTraces(
      { query, isAgain },
      {
        onTrace(trace) {
          waiting.set(trace.traceId, trace);
          timer ??= setTimeout(flush, batchMs);
        },
        onHeard: () => latest.current.onHeard(),
        onMissed: () => latest.current.onMissed(),
        onState(state) {
          // Until it is heard again it stays lost.
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
