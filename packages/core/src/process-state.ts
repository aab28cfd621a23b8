/**
 * What all copies of this package in one process share. Two copies (a duplicate in `node_modules`, one bundled and one
 * not) must see one active span and one default tracer, so the state sits under a versioned symbol where each finds it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Channel, channel } from 'node:diagnostics_channel';
import type { Context } from './context.ts';
import type { Tracer } from './tracer.ts';

export interface ProcessState {
  /** The one async context of the process: every entry of it costs, so there is never a second. */
  readonly storage: AsyncLocalStorage<Context>;
  /** The tracer for spans that have no active parent to ask. Set by the first adapter, `setDefaultTracer()` or `getTracer()`. */
  defaultTracer: Tracer | undefined;
  /** The service of the last tracer that an application made by `createTracer()`, and that is not the default. */
  separateService?: string | undefined;
  readonly exit: ExitState;
  /** What the state hangs on. Held here, since Node lets go of a channel that nobody holds, and the next copy would find none. */
  readonly anchor: object;
}

/** What exit.ts keeps: one listener per event serves the tracers of all copies. */
export interface ExitState {
  /** To be flushed when the process ends. */
  readonly tracers: Set<Tracer>;
  /** There while there is a tracer. */
  stopListening: (() => void) | undefined;
  /** The last exception that a listener of the application has seen, if that has broken off a span. */
  exception?: { readonly span: WeakRef<object>; readonly exception: unknown } | undefined;
  /** Until when a process that ends at once may be held, by `performance.now()`. */
  untilMs?: number | undefined;
  /** Flushes under way that the process waits for before it ends. */
  flushCount: number;
}

// Bump the version when a field changes its meaning: copies of different shape must not share.
const stateKey: unique symbol = Symbol.for('waymark.state.v1') as never;

interface Anchor extends Channel {
  [stateKey]?: WeakMap<object, ProcessState>;
}

// A channel is one object for the whole process. On `globalThis` itself, Jest would take the state for what a test file
// left behind and delete it, fields first, under the feet of calls that are still on their way. Each test file has a
// `globalThis` of its own, and with it a state of its own, which goes when it goes.
function findState(): ProcessState {
  const anchor: Anchor = channel('waymark.state');
  anchor[stateKey] ??= new WeakMap();
  const states = anchor[stateKey];
  let state = states.get(globalThis);
  if (state === undefined) {
    state = {
      storage: new AsyncLocalStorage<Context>(),
      defaultTracer: undefined,
      exit: { tracers: new Set(), stopListening: undefined, flushCount: 0 },
      anchor,
    };
    states.set(globalThis, state);
  }
  return state;
}

export const processState: ProcessState = findState();

/** Whether the process ends as soon as the flushes under way are done: a retry that takes long would hold it. */
export function isProcessEnding(): boolean {
  return processState.exit.flushCount > 0;
}
