/**
 * When a receiver that failed is tried again. It is one receiver for all batches, so they wait together: after a failure
 * nothing is sent for a while, then one request goes to see, and the others follow when it has got through. A receiver
 * that comes back is neither hammered nor run over, and gets all that waited at once.
 */
import { performance } from 'node:perf_hooks';
import { longestTimerMs } from '../longest-timer.ts';

/** How long to wait before the next attempt, where the receiver does not say. */
export interface Backoff {
  readonly firstMs: number;
  readonly factor: number;
  readonly maxMs: number;
}

/** A receiver that is down gets batches in their order. After so many failures it may be the batch and not the receiver. */
export const patience = 3;

/** How often a batch on disk, which has no age limit, may fail while others get through: then the receiver cannot bear it. */
export const mostFailuresAlone = 20;

export interface RetrySchedule {
  /** Most requests that may be under way now. */
  requestLimit(): number;
  /** Whether nothing may be sent for now. */
  isWaiting(): boolean;
  succeeded(): void;
  /**
   * Takes note of a failed request, which began at a monotonic time.
   *
   * @returns Whether the receiver is down. It is not if another request got through meanwhile: that batch alone waits.
   */
  failed(startedMs: number, askedMs: number | undefined): boolean;
  /** How long a batch waits that failed so many times while others got through. */
  delayOf(failures: number): number;
  /** Ends the wait, unless the receiver has asked for it. */
  hurry(): void;
}

const defaultBackoff: Backoff = { firstMs: 1000, factor: 1.5, maxMs: 5000 };

// Clients that failed together must not come back together.
const jitter = 0.2;

export function createRetrySchedule({
  maxRequests,
  maxWaitMs,
  onDue,
  backoff = defaultBackoff,
}: {
  /** While all is well. */
  maxRequests: number;
  /** What is asked for beyond that is not waited for: nothing that waits now would live to see it. */
  maxWaitMs: number;
  /** Called when a wait is over. */
  onDue(): void;
  backoff?: Backoff | undefined;
}): RetrySchedule {
  let isDown = false;
  let backoffMs = backoff.firstMs;
  let lastSuccessMs = Number.NEGATIVE_INFINITY;
  let wait: { readonly timer: NodeJS.Timeout; readonly untilMs: number; readonly wasAskedFor: boolean } | undefined;

  function endWait(): void {
    clearTimeout(wait?.timer);
    wait = undefined;
  }

  function waitUntil(untilMs: number, wasAskedFor: boolean): void {
    if (wait !== undefined && wait.untilMs >= untilMs) return;
    endWait();
    const due = (): void => {
      wait = undefined;
      onDue();
    };
    const timer = setTimeout(due, Math.min(untilMs - performance.now(), longestTimerMs)).unref();
    wait = { timer, untilMs, wasAskedFor };
  }

  return {
    requestLimit() {
      if (wait !== undefined) return 0;
      return isDown ? 1 : maxRequests;
    },
    isWaiting: () => wait !== undefined,
    succeeded() {
      lastSuccessMs = performance.now();
      isDown = false;
      backoffMs = backoff.firstMs;
      endWait();
    },
    failed(startedMs, askedMs = 0) {
      if (lastSuccessMs > startedMs) return false;
      isDown = true;
      const nowMs = performance.now();
      const waitMs = withJitter(backoffMs);
      // Requests that fail side by side are one failure.
      if (wait === undefined) backoffMs = Math.min(backoffMs * backoff.factor, backoff.maxMs);
      waitUntil(nowMs + Math.max(waitMs, Math.min(askedMs, maxWaitMs)), askedMs > waitMs);
      return true;
    },
    delayOf: (failures) =>
      withJitter(Math.min(backoff.firstMs * backoff.factor ** Math.max(failures - 1, 0), backoff.maxMs)),
    hurry() {
      if (wait === undefined || wait.wasAskedFor) return;
      endWait();
      onDue();
    },
  };
}

function withJitter(ms: number): number {
  return ms * (1 + jitter * (2 * Math.random() - 1));
}
