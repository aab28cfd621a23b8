/** Counts received spans, and keeps the newest refusals, to explain why there is no trace. */
import type { CollectorStatus } from '../api/types.ts';
import type { IngestReport } from '../engine/engine.ts';

export interface Received {
  accept(report: IngestReport, path: string): void;
  refuse(path: string, status: number, message: string): void;
  counts(): Pick<CollectorStatus, 'received' | 'refusals'>;
}

const maxRefusals = 20;

export function createReceived(): Received {
  let spans = 0;
  let requests = 0;
  let rejectedSpans = 0;
  let cutSpans = 0;
  let refusedRequests = 0;
  let lastMs: number | undefined;
  const refusals: CollectorStatus['refusals'][number][] = [];

  function remember(path: string, status: number, message: string): void {
    refusals.unshift({ timeMs: Date.now(), path, status, message });
    if (refusals.length > maxRefusals) refusals.pop();
  }

  return {
    accept(report, path): void {
      requests++;
      spans += report.spanCount;
      rejectedSpans += report.rejectedSpans;
      cutSpans += report.cutSpans ?? 0;
      lastMs = Date.now();
      if (report.message !== undefined) remember(path, 200, report.message);
    },
    refuse(path, status, message): void {
      refusedRequests++;
      remember(path, status, message);
    },
    counts: () => ({
      received: { spans, requests, rejectedSpans, cutSpans, refusedRequests, ...(lastMs !== undefined && { lastMs }) },
      refusals: [...refusals],
    }),
  };
}
