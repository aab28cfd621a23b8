/** Runs urgent calls of a worker thread while a read is in progress. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Call } from './worker-messages.ts';

export interface UrgentCalls {
  /** Starts to run urgent calls, once the store is open. */
  start(): void;
  /** Runs waiting calls, at most this many. Does nothing during an urgent call. Default 16. */
  letIn(most?: number): void;
  /** Called between two steps of a read. Runs urgent calls if the read has run for some milliseconds. */
  giveWay(): void;
}

// How often a read is interrupted for urgent calls. Shorter than such a call takes.
const stepMs = 8;

// Then the read runs for at least one step, so that it ends even under constant writes.
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
      runOne(received.message as Call); // engine-thread.ts sends nothing else to this port
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
