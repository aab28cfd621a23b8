/**
 * Sends requests and blocks this thread until they are answered. For a process that ends at once: its event loop does not turn again.
 *
 * A second thread sends. Of the ways that were tried, this one works everywhere. A child process ends with its container or its
 * supervised service, and without an event loop a socket has no TLS. Starting a thread takes 30 to 60 ms, so a process that gets a
 * signal to end starts the thread early.
 */
import { performance } from 'node:perf_hooks';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { untraced } from '../untraced.ts';
import { type PlainRequest, type PlainResult, type PostWorkerData, postWorkerSource } from './post-worker.ts';

interface ReadyThread {
  readonly worker: Worker;
  readonly resultCount: Int32Array;
  readonly port: MessagePort;
}

export interface WaitLimits {
  /** At the same time. */
  readonly maxRequests: number;
  /** Of one answer. */
  readonly maxBodyBytes: number;
  /** Longest wait for the next answer. */
  readonly idleMs: number;
  /** Longest wait for all answers. */
  readonly totalMs: number;
}

let ready: ReadyThread | undefined;

/** Starts the thread, so that the requests need not wait for it. The thread does not keep the process alive. Never throws. */
export function prepareToPost(): void {
  try {
    ready ??= untraced(startThread);
  } catch {
    // No thread can be started here. postAndWait() finds that out too, and reports it.
  }
}

/**
 * @returns The result of each request, in order; `undefined` for a request that was not answered in time.
 * @throws Node's error, where no thread can be started.
 */
export function postAndWait(
  requests: readonly PlainRequest[],
  { maxRequests, maxBodyBytes, idleMs, totalMs }: WaitLimits,
): readonly (PlainResult | undefined)[] {
  const untilMs = performance.now() + totalMs;
  const { worker, resultCount, port } = ready ?? untraced(startThread);
  ready = undefined; // a thread is used once
  port.postMessage({ requests, maxRequests, maxBodyBytes });
  for (let count = 0; count < requests.length; count = Atomics.load(resultCount, 0)) {
    const waitMs = Math.min(idleMs, untilMs - performance.now());
    if (waitMs <= 0 || Atomics.wait(resultCount, 0, count, waitMs) === 'timed-out') break;
  }
  const results: (PlainResult | undefined)[] = requests.map(() => undefined);
  for (;;) {
    const received = receiveMessageOnPort(port);
    if (received === undefined) break;
    const [index, result] = received.message as [number, PlainResult];
    results[index] = result;
  }
  void worker.terminate();
  return results;
}

function startThread(): ReadyThread {
  const resultCount = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const { port1: port, port2: workersPort } = new MessageChannel();
  const workerData: PostWorkerData = { resultCount, port: workersPort };
  // The thread must not load modules that the process preloads, such as the application's tracing.
  const { NODE_OPTIONS: _, ...env } = process.env;
  const worker = new Worker(postWorkerSource, {
    eval: true,
    name: 'waymark: last spans',
    workerData,
    transferList: [workersPort],
    env,
    argv: [],
    execArgv: [],
    stdout: true, // a warning of Node's would appear among the application's last lines
    stderr: true,
  });
  worker.on('error', () => {}); // missing answers are reported
  worker.unref();
  port.unref();
  return { worker, resultCount, port };
}
