/**
 * Decides when a receiver that failed is tried again. All batches go to one receiver, so they wait together. After a failure nothing
 * is sent for a while. Then one request is sent as a probe, and the others follow after it succeeds. So a receiver that recovers is
 * not flooded, and still gets the waiting batches without delay.
 */
import { performance } from 'node:perf_hooks';
import { longestTimerMs } from '../longest-timer.ts';

/** How long to wait before the next attempt, if the receiver does not say. */
export interface Backoff {
  readonly firstMs: number;
  readonly factor: number;
  readonly maxMs: number;
}

/** Batches are sent in order while the receiver is down. After so many failures, the batch may be the cause, so others go first. */
export const failuresBeforeReorder = 3;

/** How often a batch on disk may fail while others get through. It has no age limit, and the receiver cannot process it. */
export const maxFailuresAlone = 20;

export interface RetrySchedule {
  /** How many requests may be under way now. */
  requestLimit(): number;
  /** Whether all requests have to wait. */
  isWaiting(): boolean;
  succeeded(): void;
  /**
   * Records a failed request. If the receiver asked the client to wait, all new requests wait.
   *
   * @param startedMs When the request began, by the monotonic clock.
   * @param askedMs How long the receiver asked to wait.
   * @returns Whether the receiver is down. It is not if another request succeeded meanwhile: then only this batch fails.
   */
  failed(startedMs: number, askedMs: number | undefined): boolean;
  /** How long a batch waits after so many failures while others got through. */
  delayOf(failures: number): number;
  /** Ends the wait, unless the receiver asked for it. */
  retryNow(): void;
}

const defaultBackoff: Backoff = { firstMs: 1000, factor: 1.5, maxMs: 5000 };

// Clients that failed together must not retry together.
const jitter = 0.2;

export function createRetrySchedule({
  maxRequests,
  maxWaitMs,
  onDue,
  backoff = defaultBackoff,
}: {
  /** The limit while the receiver works. */
  maxRequests: number;
  /** The longest wait that a receiver may ask for: batches that wait longer are dropped for their age. */
  maxWaitMs: number;
  /** Called at the end of a wait. */
  onDue(): void;
  backoff?: Backoff | undefined;
}): RetrySchedule {
  let isDown = false;
  let backoffMs = backoff.firstMs;
  let lastSuccessMs = Number.NEGATIVE_INFINITY;
  /** The end of our own back-off. A request that succeeds ends it early. */
  let backedOffUntilMs = Number.NEGATIVE_INFINITY;
  /** The end of the wait that the receiver asked for. Nothing ends it early. */
  let askedUntilMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  function setTimer(): void {
    clearTimeout(timer);
    timer = undefined;
    const leftMs = Math.max(backedOffUntilMs, askedUntilMs) - performance.now();
    if (leftMs > 0) timer = setTimeout(due, Math.min(leftMs, longestTimerMs)).unref();
  }

  function due(): void {
    setTimer(); // a timer fires early by the time that its turn of the event loop had taken when it was set
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
        // Concurrent requests that fail count as one failure.
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
    retryNow() {
      if (timer === undefined) return;
      endBackOff();
      if (timer === undefined) onDue();
    },
  };
}

function withJitter(ms: number): number {
  return ms * (1 + jitter * (2 * Math.random() - 1));
}
