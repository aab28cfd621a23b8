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
   * Takes note of a failed request, which began at a monotonic time. If the receiver asked to be left alone, all requests wait
   * for as long, whatever becomes of those that are under way.
   *
   * @returns Whether the receiver is down. It is not if another request got through meanwhile: that batch alone is to blame.
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
  /** Until when to wait, by our own idea: over as soon as somebody gets through. */
  let backedOffUntilMs = Number.NEGATIVE_INFINITY;
  /** And by the receiver's: nothing but time ends that. */
  let askedUntilMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  function setTimer(): void {
    clearTimeout(timer);
    timer = undefined;
    const leftMs = Math.max(backedOffUntilMs, askedUntilMs) - performance.now();
    if (leftMs > 0) timer = setTimeout(due, Math.min(leftMs, longestTimerMs)).unref();
  }

  function due(): void {
    setTimer(); // a timer is early by as much as its turn of the event loop had taken when it was set
    if (timer === undefined) onDue();
  }

  function endBackOff(): void {
    backedOffUntilMs = Number.NEGATIVE_INFINITY;
    if (timer !== undefined) setTimer();
  }

  return {
    requestLimit() {
      if (timer !== undefined) return 0;
      return isDown ? 1 : maxRequests;
    },
    isWaiting: () => timer !== undefined,
    succeeded() {
      lastSuccessMs = performance.now();
      isDown = false;
      backoffMs = backoff.firstMs;
      endBackOff();
    },
    failed(startedMs, askedMs = 0) {
      const nowMs = performance.now();
      if (askedMs > 0) askedUntilMs = Math.max(askedUntilMs, nowMs + Math.min(askedMs, maxWaitMs));
      const isAlone = lastSuccessMs > startedMs;
      if (!isAlone) {
        isDown = true;
        // Requests that fail side by side are one failure.
        if (nowMs >= backedOffUntilMs) {
          backedOffUntilMs = nowMs + withJitter(backoffMs);
          backoffMs = Math.min(backoffMs * backoff.factor, backoff.maxMs);
        }
      }
      setTimer();
      return !isAlone;
    },
    delayOf: (failures) =>
      withJitter(Math.min(backoff.firstMs * backoff.factor ** Math.max(failures - 1, 0), backoff.maxMs)),
    hurry() {
      if (timer === undefined) return;
      endBackOff();
      if (timer === undefined) onDue();
    },
  };
}

function withJitter(ms: number): number {
  return ms * (1 + jitter * (2 * Math.random() - 1));
}
