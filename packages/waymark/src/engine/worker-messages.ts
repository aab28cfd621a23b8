/** The messages between the main thread and a worker thread. */
import type { MessagePort } from 'node:worker_threads';
import type { TraceSummary } from '../api/types.ts';
import type { EngineCalls, EngineOptions } from './engine.ts';

/** The data that a thread is started with. */
export interface ThreadData {
  readonly options: EngineOptions;
  /** Whether the thread owns the store, or reads the file of the thread that does. */
  readonly role: 'store' | 'reader';
  /** The port for urgent calls, which run before calls of the thread's own port. */
  readonly urgent: MessagePort;
  /** @see thread-progress.ts */
  readonly progress: SharedArrayBuffer;
  /** @see reader-gate.ts */
  readonly gate: SharedArrayBuffer;
  /** SHA-256 digests of batches that must not be stored. */
  readonly refusedBatches: readonly string[];
}

/** One call. Calls of one port are answered in order. */
export interface Call {
  readonly id: number;
  readonly method: keyof EngineCalls;
  readonly args: readonly unknown[];
}

export type Answer =
  | { readonly type: 'ready' }
  | { readonly type: 'result'; readonly id: number; readonly result: unknown }
  | { readonly type: 'error'; readonly id: number | undefined; readonly error: ClonedError }
  | { readonly type: 'traces'; readonly traces: readonly TraceSummary[] };

/** Cloning drops an error's own members, but keeps those of a plain object. */
export type ClonedError = Readonly<Record<string, unknown>> & { readonly message: string; readonly name: string };

export function cloneError(error: unknown): ClonedError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  const members = Object.entries(error).filter(([, value]) => typeof value === 'string' || typeof value === 'number');
  return { ...Object.fromEntries(members), name, message, stack };
}

export function toError(cloned: ClonedError): Error {
  return Object.assign(new Error(cloned.message), cloned);
}
