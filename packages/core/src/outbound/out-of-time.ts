/**
 * Detects that a timer cancels a call. Most clients destroy the request without an error, and make their timeout error later. But the
 * call stack at that moment starts at a timer.
 *
 * - A timer of Node: the idle timeout of a socket, or `AbortSignal.timeout()`.
 * - A timer of a library, if only libraries are in between: node-fetch, superagent, ky, needle, axios.
 *
 * A timer of the application, such as `setTimeout(() => controller.abort(), 500)`, may mean anything, and counts as a cancel. The same
 * holds for a library that was bundled with the application.
 */

// Deep enough for a timer below the layers of several libraries.
const maxFrames = 100;

const timers = 'node:internal/timers';

/** The files of Node whose timers limit the time of a call. Other timers, such as those of a server, do not count. */
const nodeTimeouts: readonly string[] = [
  'node:net',
  'node:internal/stream_base_commons',
  'node:internal/abort_controller',
];

const channelFile = 'node:diagnostics_channel';

const libraries = /[\\/]node_modules[\\/]/;

/** Checks the stack below a function of ours that the client calls. Slow, so only for calls that fail. Never throws. */
export function isOutOfTime(below: (...args: never[]) => unknown): boolean {
  return judge(below, undefined);
}

/** Checks the stack of a message that a channel publishes: the client is below the channel. Never throws. */
export function isPublishedOutOfTime(): boolean {
  return judge(isPublishedOutOfTime, channelFile);
}

function judge(below: (...args: never[]) => unknown, after: string | undefined): boolean {
  try {
    return beginsAtTimer(filesBelow(below), after);
  } catch {
    return false; // the application, or --frozen-intrinsics, has frozen `Error`: the call counts as cancelled
  }
}

function beginsAtTimer(frames: readonly string[], after: string | undefined): boolean {
  const files = after === undefined ? frames : frames.slice(frames.indexOf(after) + 1);
  const end = files.indexOf(timers);
  const callback = files[end - 1];
  if (callback === undefined) return false;
  if (nodeTimeouts.includes(callback)) return true;
  return files.slice(0, end).every((file) => file.startsWith('node:') || libraries.test(file));
}

/** The files of the stack frames, innermost first. */
function filesBelow(below: (...args: never[]) => unknown): string[] {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = maxFrames;
    Error.prepareStackTrace = (_error, sites) => sites.map((site) => site.getFileName());
    Error.captureStackTrace(holder, below);
    const { stack } = holder; // made when it is read
    return Array.isArray(stack) ? stack.filter((file): file is string => typeof file === 'string') : [];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    // `undefined` is as good as absent to V8.
    Error.prepareStackTrace = prepareStackTrace as never;
  }
}
