/**
 * The failures of a trace, while its spans come in any order: of the failed spans those that do not only show what failed below them.
 * A failed span is compared with the next failed one above it. A span that comes costs the same however many are there.
 */
import { isSameFailure } from '../analysis/same-failure.ts';
import type { Failure } from './answers/group-errors.ts';

/** A span in its place in the trace. Its caller is the span above it, once that has come. */
export interface PlacedSpan {
  readonly node: object;
  /** Of the span that it names as its parent, which may not have come. */
  readonly parent: object | undefined;
  readonly caller: PlacedSpan | undefined;
  /** A status of `ok`: what failed below it was handled there. */
  readonly isOk: boolean;
  readonly failed: FailedSpan | undefined;
}

export interface FailedSpan {
  readonly failure: Failure;
  /** Whether it shows the failure of a span below it. */
  isPassedOn: boolean;
  /** Where a store has it. */
  row: number | undefined;
}

export interface TraceFailures {
  add(span: PlacedSpan): void;
  /** Those that name a span as their parent have it as their caller now. */
  settle(node: object): void;
  /** The caller of a span is another one since: the client's side of the same call has come. */
  revise(span: PlacedSpan): void;
  count(): number;
  countOf(service: string): number;
  /** Failures since the last call, and those that turned out to be none. */
  takeChanges(): { readonly added: readonly FailedSpan[]; readonly removed: readonly FailedSpan[] };
}

/** Spans that did not fail, between two that did. The bound keeps a long chain of spans from being walked for each of them. */
const maxBetween = 64;

interface Climb {
  readonly failed: PlacedSpan;
  readonly from: PlacedSpan;
  readonly passed: number;
}

export function createTraceFailures(): TraceFailures {
  const counts = new Map<string, number>();
  /** By the place of a parent that has not come. */
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

/** In a circle of parents each would show the failure of the other. */
function isBelow(span: PlacedSpan, other: PlacedSpan): boolean {
  let above = span.caller;
  for (let steps = 0; above !== undefined && steps <= maxBetween; steps++) {
    if (above === other) return true;
    above = above.caller;
  }
  return false;
}
