/** Sends the batches that earlier processes left in the spool: in order, one request at a time, so that new batches are not delayed. */
import { performance } from 'node:perf_hooks';
import type { ReplayStats } from '../exporter.ts';
import { callAt } from './call-at.ts';
import type { Delivery, Retry } from './delivery.ts';
import { failuresBeforeReorder, maxFailuresAlone, type RetrySchedule } from './retry-schedule.ts';
import type { SpanFormat } from './span-format.ts';
import type { Frame } from './spool/segment.ts';
import type { Spool } from './spool/spool.ts';

export interface ReplayOptions {
  readonly schedule: RetrySchedule;
  /** `undefined` while it is not open. */
  spool(): Spool | undefined;
  send(body: readonly Buffer[], spanCount: number): Promise<Delivery>;
  halve: SpanFormat['halve'];
  /** Called with the result of each request, and whether its spans are sent again. */
  onAnswer(delivery: Delivery, isSentAgain: boolean): void;
  /** Called when the next batch may be sent. */
  onDue(): void;
}

export interface Replay {
  /** Whether a batch may be sent now. */
  isDue(): boolean;
  sendNext(): Promise<void>;
  /** Counts spans as lost. */
  lose(reason: string, spanCount: number): void;
  stats(): Omit<ReplayStats, 'isComplete'>;
}

export function createReplay({ schedule, spool, send, halve, onAnswer, onDue }: ReplayOptions): Replay {
  const dropped: Record<string, number> = {};
  const failureCounts = new WeakMap<Frame, number>();
  let delivered = 0;
  let isUnderWay = false;
  let resumeMs = Number.NEGATIVE_INFINITY;

  function lose(reason: string, spanCount: number): void {
    dropped[reason] = (dropped[reason] ?? 0) + spanCount;
  }

  async function sendNext(): Promise<void> {
    const frame = spool()?.nextFound();
    if (frame === undefined) return onAnswer({ lostCount: 0 }, false);
    const { spanCount } = frame;
    const body = spool()?.read(frame);
    const startedMs = performance.now();
    isUnderWay = true;
    frame.isUnderWay = true;
    const delivery: Delivery =
      body === undefined
        ? { lostCount: spanCount, reason: 'spool-damaged', message: 'a batch in the spool was damaged' }
        : await send([body], spanCount);
    const isTooLarge = 'reason' in delivery && delivery.isTooLarge === true && body !== undefined;
    const isHalved = isTooLarge && sendHalves(frame, body);
    isUnderWay = false;
    frame.isUnderWay = false;
    const retry = 'reason' in delivery && !isHalved ? delivery.retry : undefined;
    if ('reason' in delivery && retry !== undefined) waitFor(frame, delivery.reason, retry, startedMs);
    else if (!isHalved) finish(frame, delivery);
    onAnswer(delivery, isHalved || retry !== undefined);
  }

  /** Returns whether the halves replace the batch. */
  function sendHalves(frame: Frame, body: Buffer): boolean {
    const halves = halve(body);
    return halves !== undefined && spool()?.replace(frame, halves) !== undefined;
  }

  function finish(frame: Frame, delivery: Delivery): void {
    spool()?.finish(frame);
    delivered += frame.spanCount - delivery.lostCount;
    if ('reason' in delivery) lose(delivery.reason, delivery.lostCount);
  }

  function waitFor(frame: Frame, reason: string, retry: Retry, startedMs: number): void {
    const failureCount = (failureCounts.get(frame) ?? 0) + 1;
    failureCounts.set(frame, failureCount);
    const isDown = schedule.failed(startedMs, retry.afterMs);
    if (!isDown) {
      resumeMs = performance.now() + schedule.delayOf(failureCount);
      callAt(resumeMs, onDue);
    }
    if (!isDown && retry.why !== 'busy' && failureCount >= maxFailuresAlone) {
      spool()?.finish(frame);
      lose(reason, frame.spanCount);
    } else if (failureCount >= failuresBeforeReorder && retry.why !== 'unreachable') {
      spool()?.postpone(frame);
    }
  }

  return {
    isDue: () => !isUnderWay && spool()?.hasFound() === true && performance.now() >= resumeMs,
    sendNext,
    lose,
    stats: () => ({ delivered, dropped: { ...dropped } }),
  };
}
