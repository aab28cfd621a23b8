/** The newest spans of each operation, for finding a usual one. */
import type { MedianTrace } from '../api/types.ts';
import type { Span } from '../model/span.ts';
import { msBetween } from '../model/time.ts';
import type { OperationOfSpans } from './trace-store.ts';

const maxSpans = 1000;
const maxOperations = 1000;

interface Recent {
  readonly traceId: string;
  readonly spanId: string;
  readonly kind: string;
  readonly durationMs: number;
}

export interface RecentSpans {
  add(span: Span): void;
  /** @param isThere Whether a trace is still kept. */
  median(operation: OperationOfSpans, isThere: (traceId: string) => boolean): MedianTrace | undefined;
  clear(): void;
}

export function createRecentSpans(): RecentSpans {
  const operations = new Map<string, { readonly spans: Recent[]; next: number }>();
  return {
    add({ resource, name, kind, traceId, spanId, startTimeUnixNano, endTimeUnixNano }) {
      const key = JSON.stringify([resource.serviceName, name]);
      let operation = operations.get(key);
      if (operation === undefined) {
        if (operations.size >= maxOperations) operations.clear(); // names with ids in them
        operation = { spans: [], next: 0 };
        operations.set(key, operation);
      }
      operation.spans[operation.next] = {
        traceId,
        spanId,
        kind,
        durationMs: msBetween(startTimeUnixNano, endTimeUnixNano),
      };
      operation.next = (operation.next + 1) % maxSpans;
    },
    median({ service, name, kind, traceId }, isThere) {
      const all = operations.get(JSON.stringify([service, name]))?.spans ?? [];
      const others = all.filter((span) => span.traceId !== traceId && (kind === undefined || span.kind === kind));
      others.sort((one, other) => one.durationMs - other.durationMs);
      const middle = (others.length - 1) / 2;
      // From the middle outwards.
      const byDistance = others
        .map((_, index) => index)
        .sort((one, other) => Math.abs(one - middle) - Math.abs(other - middle));
      for (const index of byDistance) {
        const span = others[index];
        if (span === undefined || !isThere(span.traceId)) continue;
        return { traceId: span.traceId, spanId: span.spanId, durationMs: span.durationMs, count: others.length };
      }
      return undefined;
    },
    clear: () => operations.clear(),
  };
}
