/** In a worker thread: lets urgent calls in while a read goes on. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Call } from './worker-messages.ts';

export interface UrgentCalls {
  /** Begins to run them: the store is open. */
  start(): void;
  /** Runs what waits. Reads call it between two steps; it does nothing in the middle of an urgent call. */
  letIn(): void;
  /** As `letIn()`, if the read has gone on for some milliseconds. */
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

  function letIn(): void {
    if (isRunning || !hasStarted) return;
    for (let count = 0; count < maxAtOnce; count++) {
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
