/**
 * The processing of one message that is acknowledged: it ends when the message is settled and the handler's promise, if it returns one,
 * is settled, too. Many handlers acknowledge a message before they work on it.
 */
import { isPromise } from 'node:util/types';
import { contained } from '../count-fault.ts';
import { knownTracer } from '../internal-tracer.ts';
import type { Incoming } from './incoming.ts';
import { createUnsettledMessages, type UnsettledMessage } from './unsettled-messages.ts';

/** All messages of the process that are processed and not settled. */
const unsettled = createUnsettledMessages();

/** Those of one channel or consumer, by what the acknowledgement names. */
export type WaitingMessages<Key> = Map<Key, MessageProcessing<Key>>;

export class MessageProcessing<Key = unknown> implements UnsettledMessage {
  readonly incoming: Incoming;
  sinceMs = 0;
  private readonly waiting: WaitingMessages<Key>;
  private readonly key: Key;
  private isRunning = false;
  private isSettled = false;

  /** Puts it among those that wait, until it is settled. */
  constructor(incoming: Incoming, waiting: WaitingMessages<Key>, key: Key) {
    this.incoming = incoming;
    this.waiting = waiting;
    this.key = key;
    waiting.set(key, this);
    unsettled.add(this);
  }

  /**
   * Calls the handler in the message's context. If it throws, or its promise is rejected, the span ends at once as failed.
   *
   * @returns What the handler returns; for a promise one that settles in the same way, so that Node reports a rejection that is not
   *   handled.
   */
  run<Result>(handler: () => Result): Result {
    let result: Result;
    this.isRunning = true;
    try {
      result = this.incoming.enter(handler);
    } catch (error) {
      this.fail(error);
      throw error;
    }
    // Not for other objects with a then(): the query builders of some libraries run a query when it is called.
    if (!isPromise(result)) {
      this.handled();
      return result;
    }
    return result.then(
      (value) => {
        this.handled();
        return value;
      },
      (error) => {
        this.fail(error);
        throw error;
      },
    ) as Result; // a promise for the same
  }

  /** The message is acknowledged. */
  settle(): void {
    this.leave();
    this.isSettled = true;
    if (!this.isRunning) this.incoming.end();
  }

  /** The message goes back to the broker, or is dropped. @param errorType For `error.type`. */
  refuse(errorType: string, reason: string): void {
    this.leave();
    this.incoming.refuse(errorType, reason);
  }

  giveUp(): void {
    this.leave();
    this.incoming.end();
    knownTracer(undefined)?.diagnostics.count('message-unsettled');
  }

  private handled(): void {
    this.isRunning = false;
    if (this.isSettled) contained(() => this.incoming.end())();
  }

  private fail(error: unknown): void {
    this.leave();
    contained(() => this.incoming.fail(error))();
  }

  private leave(): void {
    this.waiting.delete(this.key);
    unsettled.remove(this);
  }
}
