/**
 * Sends what is still queued when the process ends by itself or is asked to end, whoever else listens for that.
 *
 * One listener per event for all tracers. It is there only while a tracer is, and takes no part in the decision to end.
 */
import type { Tracer } from './tracer.ts';

type EndSignal = 'SIGTERM' | 'SIGINT';

const endSignals: readonly EndSignal[] = ['SIGTERM', 'SIGINT'];

// A container's grace period is 10 s and more; whoever presses Ctrl-C waits for less.
const exitTimeoutMs = 3000;

const tracers = new Set<Tracer>();
let isEnding = false;

/** Has the tracer flushed on `beforeExit`, SIGTERM and SIGINT, until it is shut down. */
export function flushOnExit(tracer: Tracer): void {
  if (tracers.size === 0) listen();
  tracers.add(tracer);
  tracer.onShutdown(() => {
    tracers.delete(tracer);
    if (tracers.size === 0) stopListening();
  });
}

function listen(): void {
  process.on('beforeExit', onBeforeExit);
  for (const signal of endSignals) process.on(signal, onSignal);
}

function stopListening(): void {
  process.off('beforeExit', onBeforeExit);
  for (const signal of endSignals) process.off(signal, onSignal);
}

function onBeforeExit(): void {
  // The event comes again when the work that it started is done: only what still waits is worth another round, once.
  if (isEnding || !anyWaiting()) return;
  isEnding = true;
  void flushAll().finally(() => {
    isEnding = false;
    if (anyWaiting()) stopListening(); // not deliverable within the time: let the process go
  });
}

function onSignal(signal: EndSignal): void {
  // Our listener took the place of Node's default, which is to die of the signal. If nobody else listens, that is still
  // owed, after the flush; a second signal means now.
  const isOurs = process.listenerCount(signal) === 1;
  if (isEnding && isOurs) {
    dieOf(signal);
    return;
  }
  isEnding = true;
  void flushAll().finally(() => {
    isEnding = false;
    if (isOurs && process.listenerCount(signal) === 1) dieOf(signal);
  });
}

function dieOf(signal: EndSignal): void {
  stopListening();
  process.kill(process.pid, signal);
}

function anyWaiting(): boolean {
  for (const tracer of tracers) {
    if (tracer.stats().waiting > 0) return true;
  }
  return false;
}

async function flushAll(): Promise<void> {
  await Promise.all([...tracers].map((tracer) => tracer.flush({ timeoutMs: exitTimeoutMs })));
}
