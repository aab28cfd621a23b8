/** Traces as they grow: the collector's server-sent events. */
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
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

/**
 * Listens while the component is there and `query` is not undefined. The summaries of a moment come together, each
 * trace once, in its newest form. `onHeard`: from here on all is told; what came since the page asked was not. `onMissed`: some
 * were not told, after a break or since this page was slow.
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
  const isAway = isHidden.value;
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    if (query === undefined || isAway) return;
    const waiting = new Map<string, TraceSummary>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let retryTimer: ReturnType<typeof setTimeout> | undefined;
    let wasLost = heardQuery.current === query;
    heardQuery.current = query;
    const flush = () => {
      timer = undefined;
      const traces = [...waiting.values()];
      waiting.clear();
      latest.current.onTraces(traces);
    };
    const source = new EventSource(withParams('/waymark/events', { query }));
    if (liveState.peek() !== 'lost') liveState.value = 'connecting';
    source.onopen = () => {
      liveState.value = 'live';
      // What came while nobody listened is not told again.
      if (wasLost) latest.current.onMissed();
      else latest.current.onHeard();
      wasLost = false;
    };
    source.onerror = () => {
      wasLost = true;
      liveState.value = 'lost';
      // After an answer other than 200, as of a collector that is about to end, the browser does not try again by itself.
      if (source.readyState === EventSource.CLOSED)
        retryTimer = setTimeout(() => setAttempt((count) => count + 1), retryMs);
    };
    source.addEventListener('trace', (event) => {
      const { trace } = JSON.parse(event.data) as TraceEvent; // from the collector that serves this page
      waiting.set(trace.traceId, trace);
      timer ??= setTimeout(flush, batchMs);
    });
    // The collector keeps nothing for a reader that is slow.
    source.addEventListener('missed', () => latest.current.onMissed());
    return () => {
      clearTimeout(timer);
      clearTimeout(retryTimer);
      source.close();
      if (liveState.peek() !== 'lost') liveState.value = 'off';
    };
  }, [query, isAway, attempt]);
}
