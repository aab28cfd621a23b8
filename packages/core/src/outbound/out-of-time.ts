/**
 * Whether a call is given up because its time is up. Most clients say so by an error of their own only after they have destroyed the
 * request, and the request gets none. The call stack of that moment says it: it begins at a timer.
 *
 * - A timer of Node's: the idle timeout of a socket, or `AbortSignal.timeout()`.
 * - A timer of a library, with nothing but libraries in between: node-fetch, superagent, ky, needle, axios.
 *
 * A timer of the application's own, as `setTimeout(() => controller.abort(), 500)`, may mean anything, and is a cancel. So
 * is that of a library that was bundled with the application.
 */

// Deep enough for a timer below the layers of several libraries.
const maxFrames = 100;

const timers = 'node:internal/timers';

/** Where Node calls what an application has set a time for. Its other timers, as those of a server, are none of a call's. */
const nodeTimeouts: readonly string[] = [
  'node:net',
  'node:internal/stream_base_commons',
  'node:internal/abort_controller',
];

const channelFile = 'node:diagnostics_channel';

const libraries = /[\\/]node_modules[\\/]/;

/** Looks at the stack below a function of ours that the client calls. For calls that fail, as it is slow. Never throws. */
export function isOutOfTime(below: (...args: never[]) => unknown): boolean {
  return judge(below, undefined);
}

/** The same for what a channel publishes: the client is below the channel. Never throws. */
export function isPublishedOutOfTime(): boolean {
  return judge(isPublishedOutOfTime, channelFile);
}

function judge(below: (...args: never[]) => unknown, after: string | undefined): boolean {
  try {
    return beginsAtTimer(filesBelow(below), after);
  } catch {
    return false; // the application has frozen `Error`, as does --frozen-intrinsics: the call counts as cancelled
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

/** The files of the frames, from the inside out. */
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
