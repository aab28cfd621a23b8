/**
 * The state that all copies of this package in one process share. Two copies (a duplicate in `node_modules`, one bundled and
 * one not) must see one active span and one default tracer, so the state is stored under a versioned symbol that each finds.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Channel, channel } from 'node:diagnostics_channel';
import type { Context } from './context.ts';
import type { OpenTelemetryState, TracedSubject } from './open-telemetry-state.ts';
import type { Tracer } from './tracer.ts';

export interface ProcessState {
  /** The one async context of the process. Each entry costs, so there is no second one. */
  readonly storage: AsyncLocalStorage<Context>;
  /** The tracer of spans without an active parent. The first adapter, `setDefaultTracer()` or `getTracer()` sets it. */
  defaultTracer: Tracer | undefined;
  /** The default tracer, while it only serves spans that came before the application's set-up. It gives way to the next one. */
  provisionalTracer?: Tracer | undefined;
  /** The service of the last tracer that `createTracer()` made and that is not the default. */
  separateService?: string | undefined;
  /** The bridge to OpenTelemetry's API, while it is registered. */
  openTelemetry?: OpenTelemetryState | undefined;
  /** What is traced, as far as OpenTelemetry has instrumentations for it, too. */
  tracedSubjects?: Set<TracedSubject> | undefined;
  readonly exit: ExitState;
  /** The channel that has this state. Node collects a channel without references, and the next copy would find no state. */
  readonly anchor: object;
}

/** The state of exit.ts: one listener per event serves the tracers of all copies. */
export interface ExitState {
  /** The tracers to flush when the process ends. */
  readonly tracers: Set<Tracer>;
  /** Set while there is a tracer. */
  stopListening: (() => void) | undefined;
  /** The last exception that a listener of the application received, if the exception broke off a span. */
  exception?: { readonly span: WeakRef<object>; readonly exception: unknown } | undefined;
  /** Until when a process that ends at once may be held, by `performance.now()`. */
  untilMs?: number | undefined;
  /** Flushes under way that the process waits for before it ends. */
  flushCount: number;
}

// Increase the version when a field changes its meaning: copies with different fields must not share state.
const stateKey: unique symbol = Symbol.for('waymark.state.v1') as never;

interface Anchor extends Channel {
  [stateKey]?: WeakMap<object, ProcessState>;
}

// A channel is one object for the whole process. If the state were on `globalThis`, Jest would delete it, fields first, with the
// leftovers of a test file, while calls are still on their way. Each test file has its own `globalThis` and so its own state, which
// is collected with it.
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
