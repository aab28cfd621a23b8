/** One worker thread, which owns the store or reads its file. Sends calls to it, and settles them by its answers. */
import { extname, join } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { TraceSummary } from '../api/types.ts';
import type { CallKind } from './call-order.ts';
import type { EngineCalls, EngineOptions } from './engine.ts';
import { StoreFailed } from './engine-errors.ts';
import { createThreadProgress } from './thread-progress.ts';
import { type Answer, type Call, type ThreadData, toError } from './worker-messages.ts';

export interface EngineThread {
  /** Resolves when the store is open, or rejects with the store's error. */
  readonly ready: Promise<void>;
  /** Resolves when the thread has ended: with its failure, unless it was asked to end. */
  readonly ended: Promise<ThreadFailure | undefined>;
  readonly threadId: number;
  /** An urgent call runs before the calls that wait, and between two steps of a running read. */
  call(method: keyof EngineCalls, args: readonly unknown[], kind: CallKind): Promise<unknown>;
  /** Whether there are listeners for traces. */
  watch(isWatched: boolean): void;
  /** Makes a running read fail at its next step. */
  stopReads(): void;
  /** Ends the thread after all earlier calls. */
  close(): Promise<void>;
}

export interface ThreadFailure {
  /** What went wrong, without a full stop. */
  readonly reason: string;
  readonly cause: unknown;
  /** Whether the store was not open yet. */
  readonly wasOpening: boolean;
  /** The code of the store's own error, if the store cannot be opened. */
  readonly code: string | undefined;
  /** The digest of the batch that was being stored. */
  readonly batch: string | undefined;
}

export interface ThreadStart extends Pick<ThreadData, 'role' | 'gate' | 'refusedBatches'> {
  readonly options: EngineOptions;
  /** Heap limit of the thread in MiB. Default: Node's own limit. */
  readonly maxHeapMb?: number | undefined;
  onTraces(traces: readonly TraceSummary[]): void;
  /** Makes the error for each call that the failure has interrupted. */
  errorOf(failure: ThreadFailure, wasRunning: boolean): Error;
}

export function startEngineThread({ maxHeapMb, onTraces, errorOf, ...data }: ThreadStart): EngineThread {
  const progress = createThreadProgress();
  const { port1: urgent, port2: itsUrgent } = new MessageChannel();
  const workerData: ThreadData = { ...data, urgent: itsUrgent, progress: progress.memory };
  const worker = new Worker(workerFile(), {
    workerData,
    transferList: [itsUrgent],
    execArgv: workerArguments(),
    ...(maxHeapMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: maxHeapMb } }),
  });
  const { threadId } = worker;
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  let isClosing = false;
  let isReady = false;
  let cause: unknown;
  let failure: ThreadFailure | undefined;
  let isOver = false;

  const ready = new Promise<void>((resolve, reject) => {
    waiting.set(0, { resolve: () => resolve(), reject });
  });
  const ended = new Promise<ThreadFailure | undefined>((resolve) => {
    worker.on('error', (error: unknown) => {
      cause ??= error;
    });
    worker.on('exit', (exitCode) => {
      isOver = true;
      urgent.close();
      const running = progress.running();
      if (cause !== undefined || !isClosing) {
        const code = cause instanceof OpenFailed ? cause.code : undefined;
        const reason =
          cause === undefined
            ? `it ended with code ${exitCode}`
            : sentenceOf(cause instanceof OpenFailed ? cause.cause : cause);
        failure = { reason, cause, wasOpening: !isReady, code, batch: running?.batch };
      }
      for (const [id, { reject }] of waiting) reject(endError(id === running?.callId));
      waiting.clear();
      resolve(failure);
    });
  });

  worker.on('message', (answer: Answer) => {
    switch (answer.type) {
      case 'ready':
        isReady = true;
        settle(0)?.resolve(undefined);
        break;
      case 'result':
        settle(answer.id)?.resolve(answer.result);
        break;
      case 'error':
        if (answer.id === undefined) cause = new OpenFailed(toError(answer.error));
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

  function endError(wasRunning = false): Error {
    return failure === undefined ? new StoreFailed('The store has been closed.') : errorOf(failure, wasRunning);
  }

  function call(method: keyof EngineCalls, args: readonly unknown[], kind: CallKind): Promise<unknown> {
    if (isOver || isClosing) return Promise.reject(endError());
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      const message: Call = { id, method, args };
      const port = kind === 'urgent' ? urgent : worker;
      port.postMessage(message, transferable(args[0]));
    });
  }

  return {
    ready,
    ended,
    threadId,
    call,
    watch: progress.watch,
    stopReads: progress.stopReads,
    async close() {
      if (!isOver && !isClosing) {
        const closed = call('close', [], 'read'); // a read, so that urgent calls run before it
        isClosing = true;
        const problem = await closed.then(
          () => undefined,
          (error: unknown) => error,
        );
        await ended;
        // Any other error means that the thread has ended by itself.
        if ((problem as { code?: unknown } | undefined)?.code === 'WAYMARK_STORE_NOT_CLOSED') throw problem;
      }
      await ended;
    },
  };
}

/** The store's own error, if the thread could not open the store. */
class OpenFailed extends Error {
  readonly code: string | undefined;

  constructor(cause: Error) {
    super(cause.message, { cause });
    this.code = (cause as NodeJS.ErrnoException).code;
  }
}

function sentenceOf(error: unknown): string {
  const { message = String(error) } = error as Partial<Error>; // errors of Node may come from another realm
  return message.replace(/\.$/, '');
}

/** A body is transferred and not copied, if it has its buffer for itself. */
function transferable(body: unknown): ArrayBuffer[] {
  if (!(body instanceof Uint8Array) || body.byteLength !== body.buffer.byteLength) return [];
  return body.buffer instanceof ArrayBuffer ? [body.buffer] : [];
}

function workerFile(): string {
  return join(__dirname, `engine-worker${extname(__filename)}`);
}

/** When run from source, as in tests, the thread needs a TypeScript loader. Node 22's warning about node:sqlite is of no use to users. */
function workerArguments(): string[] {
  const fromSource = ['--require', 'esbuild-register', '--conditions=@waymark/source'];
  return ['--disable-warning=ExperimentalWarning', ...(extname(__filename) === '.ts' ? fromSource : [])];
}
