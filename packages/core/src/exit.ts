/**
 * Sends the queued spans when the process ends by itself or by a signal. When it ends at once, by `process.exit()` or an
 * exception, the spans are put into the spool, or sent while the process is held for a moment. Spans that are still lost are
 * reported.
 *
 * The process ends as it would without Waymark: by the same signal, with the same code, and only if no other code listens for
 * the signal. One listener per event serves all tracers, of all copies of this package, and is there only while one of them is.
 */
import { performance } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import { endOpenSpans } from './end-open-spans.ts';
import type { LastWait, SaveOptions } from './exporter.ts';
import type { InternalTracer } from './internal-tracer.ts';
import { processState } from './process-state.ts';
import { prepareToPost } from './sending/post-and-wait.ts';
import type { Span } from './span.ts';
import type { TracerStats } from './tracer.ts';

// The signals that ask a process to end, and end it if it does not listen. nodemon restarts by SIGUSR2, a terminal that closes
// sends SIGHUP. SIGUSR1 belongs to Node's debugger.
const endSignals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];

// A service that listens for these is about to call `process.exit()`. The other signals may mean anything, such as a reload.
const lastSignals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];

// A container's grace period is 10 s and more; a person who presses Ctrl-C waits for less.
const exitTimeoutMs = 3000;

// A service with 1,200 requests a second had such a moment within 90 ms, on two cores that others used too.
const againForMs = 1000;

// How long `process.exit()`, or an exception, waits for a receiver's next answer. Usually that takes milliseconds. PM2 kills
// after 1.6 s.
const lastAnswerMs = 1000;
const lastAnswersMs = 1500;

// Ctrl-C under `npm start` sends two signals, from the terminal and from npm. A second press takes longer.
const samePressMs = 100;

const { exit } = processState;
const tracers = exit.tracers as Set<InternalTracer>; // flushOnExit() alone adds to it
let endedAtLastExit = -1;
/** When the signal came that the present flush is for, by the monotonic clock. */
let signalledAtMs: number | undefined;

/** Has the tracer flushed when the process ends, until it is shut down. */
export function flushOnExit(tracer: InternalTracer): void {
  tracers.add(tracer);
  exit.stopListening ??= listen();
  tracer.onShutdown(() => {
    tracers.delete(tracer);
    if (tracers.size > 0) return;
    exit.stopListening?.();
    exit.stopListening = undefined;
  });
}

/** Returns a way to stop. */
function listen(): () => void {
  process.on('beforeExit', onBeforeExit);
  // An 'exit' listener that calls process.exit() is the last that runs. Other listeners may still end spans.
  process.prependListener('exit', onExit);
  process.on('exit', onLastExit);
  process.on('uncaughtExceptionMonitor', onException);
  // A worker gets no signals. The main thread gets them, and its tracer, if it has one.
  if (isMainThread) for (const signal of endSignals) listenFor(signal);
  return () => {
    process.off('beforeExit', onBeforeExit);
    process.off('exit', onExit);
    process.off('exit', onLastExit);
    process.off('uncaughtExceptionMonitor', onException);
    for (const signal of endSignals) process.off(signal, onSignal);
  };
}

function listenFor(signal: NodeJS.Signals): void {
  if (process.listeners(signal).includes(onSignal)) return;
  process.prependListener(signal, onSignal); // before all others: onSignal() says why
}

/** Listens for the signal again, unless the last tracer has been shut down. */
function listenAgain(signal: NodeJS.Signals): void {
  if (exit.stopListening !== undefined) listenFor(signal);
}

function onBeforeExit(): void {
  // The event is emitted again when the work that it started is done. Waiting spans get one flush, and another only if more
  // spans have ended since: otherwise a collector that is down would keep the process alive.
  const ended = sumOf((stats) => stats.ended);
  if (ended === endedAtLastExit || sumOf(unsentOf) === 0) return;
  endedAtLastExit = ended;
  // A request without an answer would go on keeping the process alive, and so would a connection that is being made.
  void flushAll({ againForMs: 0 }).then(() => {
    for (const tracer of tracers) tracer.cut();
  });
}

function onSignal(signal: NodeJS.Signals): void {
  // A listener replaces Node's default, which is to die. So ours is removed before the others run: code that counts listeners
  // to decide whether to die (this function, signal-exit) finds the count that it would find without Waymark.
  process.off(signal, onSignal);
  const isLeftToUs = process.listenerCount(signal) === 0;
  const nowMs = performance.now();
  if (isLeftToUs && signalledAtMs !== undefined && nowMs - signalledAtMs > samePressMs) {
    dieOf(signal);
    return;
  }
  process.nextTick(listenAgain, signal); // when the others have been called
  if (!isLeftToUs && lastSignals.includes(signal)) prepareToPost();
  if (signalledAtMs !== undefined) return;
  signalledAtMs = nowMs;
  // Meanwhile a service goes on answering. Spans that end then get another flush, and another, until none waits; but only for
  // a limited time, as requests may never stop.
  void flushAll({ againForMs }).finally(() => {
    signalledAtMs = undefined;
    if (isLeftToUs) dieOf(signal);
  });
}

/** Includes spans that earlier processes have left: short processes would never send them otherwise. */
function unsentOf({ waiting, spooled, exporters }: TracerStats): number {
  const hasFound = exporters.some(({ replay }) => replay?.isComplete === false);
  return waiting + spooled + (hasFound ? 1 : 0);
}

/**
 * An exception without a listener of the application ends the process, so the spans that it broke off end first. With a
 * listener the spans go on, and may end well; the exception is noted in case the listener ends the process.
 */
function onException(exception: unknown): void {
  const context = processState.storage.getStore();
  const isTaken = process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback();
  if (!isTaken) endOpenSpans(context, { exception });
  else if (context?.span !== undefined) exit.exception = { span: new WeakRef(context.span), exception };
}

function onExit(): void {
  const context = processState.storage.getStore();
  const { exception } = exit;
  const broken = exception?.span.deref() as Span | undefined; // onException() has put a span there
  if (broken !== undefined) endOpenSpans({ span: broken }, exception);
  endOpenSpans(context, undefined); // of the request that called process.exit()
  saveAll({ isLast: false, wait: lastWait() });
}

function onLastExit(): void {
  leave({ isLast: true, wait: lastWait() });
}

function lastWait(): LastWait {
  exit.untilMs ??= performance.now() + lastAnswersMs;
  return { idleMs: lastAnswerMs, totalMs: exit.untilMs - performance.now() };
}

function saveAll({ isLast, wait }: SaveOptions): void {
  for (const tracer of tracers) tracer.save({ isLast, wait: wait && lastWait() });
}

/** Saves what can be saved in a moment, and reports what is lost: no other process knows of it. */
function leave(options: SaveOptions): void {
  saveAll(options);
  for (const tracer of tracers) {
    tracer.reportLosses();
    const { waiting, spooled, lastExportError } = tracer.stats();
    if (waiting > 0) {
      const why =
        lastExportError === undefined ? '; await shutdown() before process.exit()' : `: ${lastExportError.message}`;
      tracer.diagnostics.note('warn', `${countSpans(waiting)} not sent before the process ended${why}`);
    }
    if (spooled > 0) tracer.diagnostics.note('info', `${countSpans(spooled)} left in the spool for the next process`);
  }
}

function countSpans(count: number): string {
  return count === 1 ? '1 span was' : `${count} spans were`;
}

function dieOf(signal: NodeJS.Signals): void {
  leave({ isLast: false }); // a process that dies by a signal emits no 'exit'
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
  // Still here: a signal without a listener does not kill process 1 of a container. It goes on as it would without Waymark.
  setImmediate(listenAgain, signal).unref();
}

async function flushAll(options: { againForMs: number }): Promise<void> {
  const deadlineMs = performance.now() + exitTimeoutMs;
  exit.flushCount++;
  try {
    let arrived = await flushOnce(deadlineMs);
    const againUntilMs = Math.min(performance.now() + options.againForMs, deadlineMs);
    while (arrived > 0 && sumOf((stats) => stats.waiting) > 0 && performance.now() < againUntilMs) {
      arrived = await flushOnce(deadlineMs);
    }
  } finally {
    exit.flushCount--;
  }
}

/** Returns how many spans were delivered. */
async function flushOnce(deadlineMs: number): Promise<number> {
  const before = sumOf((stats) => stats.exported);
  const timeoutMs = Math.max(deadlineMs - performance.now(), 0);
  await Promise.all([...tracers].map((tracer) => tracer.flush({ timeoutMs })));
  return sumOf((stats) => stats.exported) - before;
}

function sumOf(field: (stats: TracerStats) => number): number {
  let sum = 0;
  for (const tracer of tracers) sum += field(tracer.stats());
  return sum;
}
