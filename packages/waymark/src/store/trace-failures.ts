/**
 * Finds the failures of a trace while its spans arrive in any order: the failed spans that do not only pass on a
 * failure from below. A failed span is compared with the next failed span above it. Each span costs the same, however
 * many there are.
 */
import { isSameFailure } from '../analysis/same-failure.ts';
import type { Failure } from './answers/group-errors.ts';

/** A span in its place in the trace. Its caller is the span above it, once that has arrived. */
export interface PlacedSpan {
  readonly node: object;
  /** The node of the span that it names as its parent, which may not have arrived. */
  readonly parent: object | undefined;
  readonly caller: PlacedSpan | undefined;
  /** Whether the status is `ok`: the failure below it was handled there. */
  readonly isOk: boolean;
  readonly failed: FailedSpan | undefined;
}

export interface FailedSpan {
  readonly failure: Failure;
  /** Whether it passes on the failure of a span below it. */
  isPassedOn: boolean;
  /** The row in the store's file. */
  row: number | undefined;
}

export interface TraceFailures {
  add(span: PlacedSpan): void;
  /** Sets a span as the caller of the spans that name it as their parent. */
  settle(node: object): void;
  /** Updates a span after its caller has changed: the client's side of the same call has arrived. */
  revise(span: PlacedSpan): void;
  count(): number;
  countOf(service: string): number;
  /** The failures since the last call, and the earlier ones that turned out not to be failures. */
  takeChanges(): { readonly added: readonly FailedSpan[]; readonly removed: readonly FailedSpan[] };
}

/**
 * The most spans without a failure between two failed ones. The limit keeps a long chain of spans from being walked for
 * each of them.
 */
const maxBetween = 64;

interface Climb {
  readonly failed: PlacedSpan;
  readonly from: PlacedSpan;
  readonly passed: number;
}

export function createTraceFailures(): TraceFailures {
  const counts = new Map<string, number>();
  /** By the node of a parent that has not arrived. */
  const waiting = new Map<object, Climb[]>();
  let count = 0;
  let added = new Set<FailedSpan>();
  let removed = new Set<FailedSpan>();

  function note(failed: FailedSpan, sign: 1 | -1): void {
    const { serviceName } = failed.failure;
    count += sign;
    counts.set(serviceName, (counts.get(serviceName) ?? 0) + sign);
    if (sign === 1) added.add(failed);
    else if (!added.delete(failed)) removed.add(failed);
  }

  function climb({ failed, from, passed }: Climb): void {
    let below = from;
    for (let between = passed; between <= maxBetween; between++) {
      const above = below.caller;
      if (above === undefined) {
        if (below.parent === undefined) return;
        const others = waiting.get(below.parent);
        if (others === undefined) waiting.set(below.parent, [{ failed, from: below, passed: between }]);
        else others.push({ failed, from: below, passed: between });
        return;
      }
      if (above.failed !== undefined) {
        compare(above, above.failed, failed);
        return;
      }
      if (above.isOk) return;
      below = above;
    }
  }

  function compare(above: PlacedSpan, outer: FailedSpan, inner: PlacedSpan): void {
    if (outer.isPassedOn || inner.failed === undefined) return;
    if (!isSameFailure(outer.failure, inner.failed.failure) || isBelow(above, inner)) return;
    outer.isPassedOn = true;
    note(outer, -1);
  }

  return {
    add(span) {
      if (span.failed !== undefined) {
        note(span.failed, 1);
        climb({ failed: span, from: span, passed: 0 });
      }
    },
    settle(node) {
      const climbs = waiting.get(node);
      if (climbs === undefined) return;
      waiting.delete(node);
      for (const one of climbs) climb(one);
    },
    revise(span) {
      if (span.failed !== undefined) climb({ failed: span, from: span, passed: 0 });
    },
    count: () => count,
    countOf: (service) => counts.get(service) ?? 0,
    takeChanges() {
      const changes = { added: [...added], removed: [...removed] };
      added = new Set();
      removed = new Set();
      return changes;
    },
  };
}

/** In a circle of parents, each span would pass on the failure of the other. */
function isBelow(span: PlacedSpan, other: PlacedSpan): boolean {
  let above = span.caller;
  for (let steps = 0; above !== undefined && steps <= maxBetween; steps++) {
    if (above === other) return true;
    above = above.caller;
  }
  return false;
}
