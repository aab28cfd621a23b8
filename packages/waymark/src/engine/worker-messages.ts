/** What the two threads say to each other. */
import type { TraceSummary } from '../api/types.ts';
import type { EngineCalls } from './engine.ts';

/** One call; calls are answered in order. */
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

/** An error's own members do not survive cloning, but those of a plain object do. */
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
