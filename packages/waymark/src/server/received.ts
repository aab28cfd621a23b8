/** Counts what has come in, and remembers the newest refusals, for whoever asks why there is no trace. */
import type { CollectorStatus } from '../api/types.ts';

export interface Received {
  accept(spanCount: number, rejectedSpans: number, path: string, message: string | undefined): void;
  refuse(path: string, status: number, message: string): void;
  counts(): Pick<CollectorStatus, 'received' | 'refusals'>;
}

const maxRefusals = 20;

export function createReceived(): Received {
  let spans = 0;
  let requests = 0;
  let rejectedSpans = 0;
  let refusedRequests = 0;
  let lastMs: number | undefined;
  const refusals: CollectorStatus['refusals'][number][] = [];

  function remember(path: string, status: number, message: string): void {
    refusals.unshift({ timeMs: Date.now(), path, status, message });
    if (refusals.length > maxRefusals) refusals.pop();
  }

  return {
    accept(spanCount, rejected, path, message): void {
      requests++;
      spans += spanCount;
      rejectedSpans += rejected;
      lastMs = Date.now();
      if (rejected > 0) remember(path, 200, message ?? 'Some spans were rejected.');
    },
    refuse(path, status, message): void {
      refusedRequests++;
      remember(path, status, message);
    },
    counts: () => ({
      received: { spans, requests, rejectedSpans, refusedRequests, ...(lastMs !== undefined && { lastMs }) },
      refusals: [...refusals],
    }),
  };
}
