/** One worker thread with the store in it: sends calls over, and settles them by the answers. */
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { TraceSummary } from '../api/types.ts';
import type { EngineCalls, EngineOptions } from './engine.ts';
import { type Answer, type Call, toError } from './worker-messages.ts';

export interface EngineThread {
  /** Settles with the store opened, or rejects with its error. */
  readonly ready: Promise<void>;
  /** Resolves when the thread has come to its end: with the error, if it was not asked to. */
  readonly ended: Promise<Error | undefined>;
  readonly threadId: number;
  call(method: keyof EngineCalls, args: readonly unknown[]): Promise<unknown>;
  /** After what was called before. */
  close(): Promise<void>;
}

export interface ThreadOptions extends EngineOptions {
  /** How much memory the thread may use for objects. Default: Node's own limit. */
  readonly maxHeapMb?: number | undefined;
}

/** The thread came to its end in the middle of something. What was being stored may be stored or not; sending it again is right. */
class StoreFailed extends Error {
  readonly code: 'WAYMARK_STORE_FAILED' = 'WAYMARK_STORE_FAILED';
  readonly status: 503 = 503;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreFailed';
  }
}

export function startEngineThread(
  { maxHeapMb, ...options }: ThreadOptions,
  onTraces: (traces: readonly TraceSummary[]) => void,
): EngineThread {
  const worker = new Worker(workerFile(), {
    workerData: options,
    execArgv: workerArguments(),
    ...(maxHeapMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: maxHeapMb } }),
  });
  const { threadId } = worker;
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  let isClosing = false;
  let failure: Error | undefined;
  let isOver = false;

  const ready = new Promise<void>((resolve, reject) => {
    waiting.set(0, { resolve: () => resolve(), reject });
  });
  const ended = new Promise<Error | undefined>((resolve) => {
    worker.on('error', (cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      failure ??= new StoreFailed(`The thread that stores spans has failed: ${reason}`, { cause });
    });
    worker.on('exit', (code) => {
      isOver = true;
      if (!isClosing) failure ??= new StoreFailed(`The thread that stores spans has ended with code ${code}.`);
      for (const { reject } of waiting.values()) reject(endError());
      waiting.clear();
      resolve(failure);
    });
  });

  worker.on('message', (answer: Answer) => {
    switch (answer.type) {
      case 'ready':
        settle(0)?.resolve(undefined);
        break;
      case 'result':
        settle(answer.id)?.resolve(answer.result);
        break;
      case 'error':
        if (answer.id === undefined) isClosing = true; // the store could not be opened, and that is what is told
        settle(answer.id ?? 0)?.reject(toError(answer.error));
        break;
      case 'traces':
        onTraces(answer.traces);
    }
  });

  function settle(id: number) {
    const waiter = waiting.get(id);
    waiting.delete(id);
    return waiter;
  }

  function endError(): Error {
    return failure ?? new StoreFailed('The store has been closed.');
  }

  function call(method: keyof EngineCalls, args: readonly unknown[]): Promise<unknown> {
    if (isOver || isClosing) return Promise.reject(endError());
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      const message: Call = { id, method, args };
      worker.postMessage(message, transferable(args[0]));
    });
  }

  return {
    ready,
    ended,
    threadId,
    call,
    async close() {
      if (!isOver && !isClosing) {
        const closed = call('close', []);
        isClosing = true;
        await closed.catch(() => {}); // it has ended in another way
      }
      await ended;
    },
  };
}

/** A body is handed over, not copied, if nothing else lives in its memory. */
function transferable(body: unknown): ArrayBuffer[] {
  if (!(body instanceof Uint8Array) || body.byteLength !== body.buffer.byteLength) return [];
  return body.buffer instanceof ArrayBuffer ? [body.buffer] : [];
}

function workerFile(): string {
  return join(__dirname, `engine-worker${extname(__filename)}`);
}

/** From source, as tests run, the thread needs what reads TypeScript. Node 22 warns of node:sqlite, which is no news to users. */
function workerArguments(): string[] {
  const fromSource = ['--require', 'esbuild-register', '--conditions=@waymark/source'];
  return ['--disable-warning=ExperimentalWarning', ...(extname(__filename) === '.ts' ? fromSource : [])];
}
