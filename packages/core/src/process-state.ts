/**
 * What all copies of this package in one process share. Two copies (a duplicate in `node_modules`, one bundled and one
 * not) must see one active span and one default tracer, so the state sits under a versioned global symbol.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context } from './context.ts';
import type { Tracer } from './tracer.ts';

export interface ProcessState {
  /** The one async context of the process: every entry of it costs, so there is never a second. */
  readonly storage: AsyncLocalStorage<Context>;
  /** The tracer for spans that have no active parent to ask. Set by the first adapter, or by `getTracer()`. */
  defaultTracer: Tracer | undefined;
}

// Bump the version when a field changes its meaning: copies of different shape must not share.
const stateKey: unique symbol = Symbol.for('waymark.state.v1') as never;

// `globalThis` has no type for a symbol that only we know.
const globals = globalThis as { [stateKey]?: ProcessState };

globals[stateKey] ??= { storage: new AsyncLocalStorage<Context>(), defaultTracer: undefined };

export const processState: ProcessState = globals[stateKey];
