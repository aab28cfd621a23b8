/**
 * Sends requests and holds this thread until they are answered: for a process that ends at once, whose event loop does not turn again.
 *
 * A thread does the sending. Of the ways that were tried it is the one that works everywhere: a child process is ended with the
 * container of the first process, or with the service of its supervisor, and what is written to a socket without an event loop
 * gets no TLS. Starting a thread takes 30 to 60 ms, so a process that is told to end has one ready.
 */
import { performance } from 'node:perf_hooks';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { type PlainRequest, type PlainResult, type PostWorkerData, postWorkerSource } from './post-worker.ts';

interface ReadyThread {
  readonly worker: Worker;
  readonly resultCount: Int32Array;
  readonly port: MessagePort;
}

export interface WaitLimits {
  /** At a time. */
  readonly maxRequests: number;
  /** Of one answer. */
  readonly maxBodyBytes: number;
  /** How long it may take until the next answer comes. */
  readonly idleMs: number;
  /** How long it may take in all. */
  readonly totalMs: number;
}

let ready: ReadyThread | undefined;

/** Starts the thread, so that requests need not wait for it. It does not keep the process. Never throws. */
export function prepareToPost(): void {
  try {
    ready ??= startThread();
  } catch {
    // No thread may be started here: the requests will find that out.
  }
}

/**
 * @returns What came of each request, in their order; `undefined` for those that were not answered in time.
 * @throws Node's error, where no thread can be started.
 */
export function postAndWait(
  requests: readonly PlainRequest[],
  { maxRequests, maxBodyBytes, idleMs, totalMs }: WaitLimits,
): readonly (PlainResult | undefined)[] {
  const untilMs = performance.now() + totalMs;
  const { worker, resultCount, port } = ready ?? startThread();
  ready = undefined; // for one use
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
  // Modules that the process preloads, such as an application's own tracing, are not for this thread.
  const { NODE_OPTIONS: _, ...env } = process.env;
  const worker = new Worker(postWorkerSource, {
    eval: true,
    name: 'waymark: last spans',
    workerData,
    transferList: [workersPort],
    env,
    argv: [],
    execArgv: [],
    stdout: true, // and so to nowhere: a warning of Node's would come in the middle of the application's last words
    stderr: true,
  });
  worker.on('error', () => {}); // the answers do not come, and that is said
  worker.unref();
  port.unref();
  return { worker, resultCount, port };
}
