/** Loads the points of the scatter for a filter, and adds new traces. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { TraceSummary } from '../../../src/api/types.ts';
import { type Filter, fetchScatter } from '../api/client.ts';
import { addToScatter, readScatter, type ScatterPoint, type ShownPoints } from './scatter-points.ts';

export interface ScatterData {
  readonly points: readonly ScatterPoint[];
  readonly totalCount: number;
  /** Whether the collector searched all traces. If not, there may be more than `totalCount`. */
  readonly isComplete: boolean;
  /** The oldest start of the points. Infinite without points. */
  readonly oldestMs: number;
  /** Without points whose clock is more than a minute ahead of this browser's clock. */
  readonly newestMs: number;
  readonly receive: (traces: readonly TraceSummary[]) => void;
}

interface ScatterState extends ShownPoints {
  readonly isComplete: boolean;
}

const noPoints: ScatterState = { points: new Map(), hiddenCount: 0, isComplete: true };

const maxPoints = 10_000;

const maxAheadMs = 60_000;

export function useScatter(key: string, filter: Filter): ScatterData {
  const [state, setState] = useState<ScatterState>(noPoints);
  const latestFilter = useRef(filter);
  latestFilter.current = filter;
  // The key changes with the filter.
  useEffect(() => {
    const abort = new AbortController();
    fetchScatter({ ...latestFilter.current, limit: maxPoints }, abort.signal).then(
      (scatter) =>
        abort.signal.aborted ||
        setState({
          points: readScatter(scatter),
          hiddenCount: Math.max(0, scatter.totalCount - scatter.traceIds.length),
          isComplete: scatter.isComplete,
        }),
      // The list shows the error. A second message about the same error would not help.
      () => abort.signal.aborted || setState(noPoints),
    );
    return () => abort.abort();
  }, [key]);
  return useMemo(() => {
    const points = [...state.points.values()];
    let oldestMs = Number.POSITIVE_INFINITY;
    let newestMs = Number.NEGATIVE_INFINITY;
    const latestMs = Date.now() + maxAheadMs;
    for (const { startMs } of points) {
      if (startMs < oldestMs) oldestMs = startMs;
      if (startMs > newestMs && startMs <= latestMs) newestMs = startMs;
    }
    return {
      points,
      totalCount: points.length + state.hiddenCount,
      isComplete: state.isComplete,
      oldestMs,
      newestMs,
      receive: (traces) => setState((before) => ({ ...before, ...addToScatter(before, traces) })),
    };
  }, [state]);
}
