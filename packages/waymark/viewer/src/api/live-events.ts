/** Traces as they grow: the collector's server-sent events. */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { TraceEvent, TraceSummary } from '../../../src/api/types.ts';
import { withParams } from './client.ts';

/** Whether the collector is heard. */
export const liveState = signal<'off' | 'connecting' | 'live' | 'lost'>('off');

/** Events come one by one; screens draw at most this often. */
const batchMs = 150;

/**
 * Listens while the component is there and `query` is not undefined. The summaries of a moment come together, each
 * trace once, in its newest form.
 */
export function useLiveTraces(
  query: string | undefined,
  onTraces: (traces: readonly TraceSummary[]) => void,
  onReconnect?: () => void,
): void {
  const latest = useRef({ onTraces, onReconnect });
  latest.current = { onTraces, onReconnect };
  useEffect(() => {
    if (query === undefined) return;
    const waiting = new Map<string, TraceSummary>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wasLost = false;
    const flush = () => {
      timer = undefined;
      const traces = [...waiting.values()];
      waiting.clear();
      latest.current.onTraces(traces);
    };
    const source = new EventSource(withParams('/waymark/events', { query }));
    liveState.value = 'connecting';
    source.onopen = () => {
      liveState.value = 'live';
      // What came while nobody listened is not told again.
      if (wasLost) latest.current.onReconnect?.();
      wasLost = false;
    };
    source.onerror = () => {
      wasLost = true;
      liveState.value = 'lost';
    };
    source.addEventListener('trace', (event) => {
      const { trace } = JSON.parse(event.data) as TraceEvent; // from the collector that serves this page
      waiting.set(trace.traceId, trace);
      timer ??= setTimeout(flush, batchMs);
    });
    return () => {
      clearTimeout(timer);
      source.close();
      liveState.value = 'off';
    };
  }, [query]);
}
