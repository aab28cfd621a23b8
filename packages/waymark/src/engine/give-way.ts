/** In a worker thread: lets urgent calls in while a read goes on. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Call } from './worker-messages.ts';

export interface UrgentCalls {
  /** Begins to run them: the store is open. */
  start(): void;
  /** Runs those that wait, up to so many. It does nothing in the middle of an urgent call. Default 16. */
  letIn(most?: number): void;
  /** For a read, between two of its steps: lets some in if it has gone on for some milliseconds. */
  giveWay(): void;
}

// A read is left for urgent calls this often. Shorter than one of them takes.
const stepMs = 8;

// Then the read goes on for a step, so that it comes to an end even where writes never stop coming.
const maxAtOnce = 16;

export function createUrgentCalls(port: MessagePort, run: (call: Call) => void): UrgentCalls {
  let hasStarted = false;
  let isRunning = false;
  let stepEndsMs = 0;

  function runOne(call: Call): void {
    isRunning = true;
    try {
      run(call);
    } finally {
      isRunning = false;
    }
  }

  function letIn(most = maxAtOnce): void {
    if (isRunning || !hasStarted) return;
    for (let count = 0; count < most; count++) {
      const received = receiveMessageOnPort(port);
      if (received === undefined) break;
      runOne(received.message as Call); // engine-thread.ts sends nothing else there
    }
    stepEndsMs = performance.now() + stepMs;
  }

  return {
    start() {
      hasStarted = true;
      port.on('message', runOne);
    },
    letIn,
    giveWay(): void {
      if (!isRunning && performance.now() > stepEndsMs) letIn();
    },
  };
}
