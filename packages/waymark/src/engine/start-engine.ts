/** Starts the store in a thread of its own, where a batch of spans or a long search holds up nobody else. */
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { TraceSummary } from '../api/types.ts';
import type { EngineCalls, EngineOptions } from './engine.ts';
import { type Answer, type Call, toError } from './worker-messages.ts';

type Promised<Calls> = {
  readonly [Name in keyof Calls]: Calls[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Result>
    : never;
};

/** The same calls, from this thread. After `close()`, and after a fault of the thread, they reject. */
export interface Engine extends Promised<EngineCalls> {
  /** Calls the listener with each trace that has grown, until what it returns is called. */
  onTraces(listener: (traces: readonly TraceSummary[]) => void): () => void;
}

const methods: readonly (keyof EngineCalls)[] = [
  'ingest',
  'add',
  'list',
  'scatter',
  'facets',
  'complete',
  'spans',
  'history',
  'operations',
  'median',
  'map',
  'errors',
  'services',
  'traceJson',
  'outlineJson',
  'otlpJson',
  'shareHtml',
  'spanDetails',
  'search',
  'matching',
  'counts',
  'clear',
  'close',
];

/** @throws If the store cannot be opened: its own error, with its code. */
export async function startEngine(options: EngineOptions = {}): Promise<Engine> {
  const worker = new Worker(workerFile(), { workerData: options, execArgv: workerArguments(), stderr: false });
  const listeners = new Set<(traces: readonly TraceSummary[]) => void>();
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  let ended: Error | undefined;

  const ready = new Promise<void>((resolve, reject) => {
    waiting.set(lastId, { resolve: () => resolve(), reject });
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
        settle(answer.id ?? 0)?.reject(toError(answer.error));
        break;
      case 'traces':
        for (const listener of listeners) listener(answer.traces);
    }
  });
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('The store has been closed.')));

  function settle(id: number) {
    const waiter = waiting.get(id);
    waiting.delete(id);
    return waiter;
  }

  function fail(error: Error): void {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  }

  function call(method: keyof EngineCalls, args: readonly unknown[]): Promise<unknown> {
    if (ended !== undefined) return method === 'close' ? Promise.resolve() : Promise.reject(ended);
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      const message: Call = { id, method, args };
      worker.postMessage(message, transferable(args[0]));
    });
  }

  await ready;
  const calls = methods.map((method) => [method, (...args: readonly unknown[]) => call(method, args)]);
  return {
    ...(Object.fromEntries(calls) as Promised<EngineCalls>), // one for each
    async close() {
      await call('close', []);
      await worker.terminate();
    },
    onTraces(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
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
