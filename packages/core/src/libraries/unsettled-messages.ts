/**
 * Messages whose processing ends with an acknowledgement, until it comes. A message that is never acknowledged must not keep its span
 * in memory: it is given up after a time, and sooner if there are too many.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers'; // not the global one, which a test may fake
import { runOutsideContext } from '../active-context.ts';
import { contained } from '../count-fault.ts';

/** A message that the broker waits for. */
export interface UnsettledMessage {
  /** When its processing began, by the clock of the list. */
  sinceMs: number;
  /** Ends its span. The message has left the list. */
  giveUp(): void;
}

/** All of a process. */
export interface UnsettledMessages {
  add(message: UnsettledMessage): void;
  remove(message: UnsettledMessage): void;
  readonly size: number;
}

export interface UnsettledOptions {
  /** Default: 30 minutes. RabbitMQ closes a channel that keeps a message for that long (its `consumer_timeout`). */
  readonly maxAgeMs?: number;
  /** Default: 10,000. */
  readonly maxMessages?: number;
  /** A clock that never goes back. */
  readonly monotonicMs?: () => number;
}

export function createUnsettledMessages({
  maxAgeMs = 30 * 60_000,
  maxMessages = 10_000,
  monotonicMs = () => performance.now(),
}: UnsettledOptions = {}): UnsettledMessages {
  /** The oldest first. */
  const messages = new Set<UnsettledMessage>();
  let isWatching = false;

  function giveUpOldest(isDue: (message: UnsettledMessage) => boolean): void {
    for (const message of messages) {
      if (!isDue(message)) break;
      messages.delete(message);
      contained(() => message.giveUp())();
    }
  }

  function giveUpOld(): void {
    isWatching = false;
    const now = monotonicMs();
    giveUpOldest(({ sinceMs }) => now - sinceMs >= maxAgeMs);
    watch();
  }

  function watch(): void {
    const [oldest] = messages;
    if (oldest === undefined) return;
    isWatching = true;
    runOutsideContext(() => {
      setTimeout(giveUpOld, Math.max(1, oldest.sinceMs + maxAgeMs - monotonicMs())).unref();
    });
  }

  return {
    add(message) {
      message.sinceMs = monotonicMs();
      messages.add(message);
      if (messages.size > maxMessages) giveUpOldest(() => messages.size > maxMessages);
      if (!isWatching) watch();
    },
    remove(message) {
      messages.delete(message); // the timer stays: to start one for each message would cost more
    },
    get size() {
      return messages.size;
    },
  };
}
