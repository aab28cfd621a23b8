/**
 * The streams of the SDKs of OpenAI and Anthropic. All ways to read one (the loop, `tee()`, `toReadableStream()`) call its function
 * `iterator`, which is watched; the stream stays the same object.
 */
import { contained } from '../../count-fault.ts';
import type { ModelCall } from './model-call.ts';

/** Reads the events of one stream. It may throw. */
export interface EventReader {
  read(event: unknown): void;
  /** Whether the event has a part of the answer. Default: each has. */
  isChunk?(event: unknown): boolean;
  /** Before the span ends, also of a stream that is left early. */
  finish?(): void;
}

interface EventStream {
  iterator(...args: unknown[]): AsyncIterator<unknown>;
  readonly controller?: { readonly signal?: AbortSignal };
}

export function isEventStream(value: unknown): value is EventStream {
  if (typeof value !== 'object' || value === null || !(Symbol.asyncIterator in value)) return false;
  return typeof (value as Partial<EventStream>).iterator === 'function';
}

/** Ends the span of a call with its stream. */
export function watchStream(stream: EventStream, call: ModelCall, reader: EventReader | undefined): void {
  const original = stream.iterator;
  const end = contained(() => {
    try {
      reader?.finish?.();
    } finally {
      call.end();
    }
  });
  const fail = contained((error: unknown) => {
    try {
      reader?.finish?.();
    } finally {
      call.fail(error);
    }
  });
  const read = contained((event: unknown) => {
    if (reader?.isChunk?.(event) !== false) call.noteChunk();
    reader?.read(event);
  });
  const signal = stream.controller?.signal;
  let isReading = false;
  // The SDK also aborts the request of a stream that has failed: then the read that waits has the error.
  const abort = (): void => {
    if (!isReading) fail(signal?.reason);
  };
  // The SDK ends an aborted stream without an error.
  if (signal?.aborted === true) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  const release = (): void => signal?.removeEventListener('abort', abort);

  let isRead = false;
  stream.iterator = function iterator(...args) {
    const events = original.apply(this, args);
    if (isRead) return events; // the SDK refuses to read it twice
    isRead = true;
    // From here on the application may hold on to the iterator alone.
    call.endWhenDropped(events);
    watchIterator(events, {
      wait() {
        isReading = true;
      },
      read(event) {
        isReading = false;
        read(event);
      },
      done() {
        release();
        if (signal?.aborted === true) fail(signal.reason);
        else end();
      },
      leave() {
        release();
        end();
      },
      fail(error) {
        release();
        fail(error);
      },
    });
    return events;
  };
  call.endWhenDropped(stream);
}

interface Watch {
  /** A read begins. */
  wait(): void;
  read(event: unknown): void;
  /** The stream has ended. */
  done(): void;
  /** The application has had enough of it. */
  leave(): void;
  fail(error: unknown): void;
}

/** Replaces the methods of one iterator: it stays the generator that it is. */
function watchIterator(events: AsyncIterator<unknown>, watch: Watch): void {
  const { next, return: leave, throw: raise } = events;
  events.next = function nextEvent(...args) {
    watch.wait();
    return next.apply(events, args).then(
      (result) => {
        if (result.done === true) watch.done();
        else watch.read(result.value);
        return result;
      },
      (error: unknown) => {
        watch.fail(error);
        throw error;
      },
    );
  };
  if (leave !== undefined) {
    events.return = function leaveEvents(...args) {
      watch.leave(); // first: leaving aborts the request, which is no failure
      return leave.apply(events, args);
    };
  }
  if (raise !== undefined) {
    events.throw = function raiseInEvents(...args) {
      watch.leave();
      return raise.apply(events, args);
    };
  }
}
