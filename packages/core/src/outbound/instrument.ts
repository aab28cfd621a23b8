/** Turns the tracing of outbound calls on and off: all callers share one set of subscriptions per process. */
import { channel } from 'node:diagnostics_channel';
import { currentContext } from '../active-context.ts';
import { createDiagnostics } from '../diagnostics.ts';
import { knownTracer } from '../internal-tracer.ts';
import { anchor, type Installation, installationKey } from '../outbound-installation.ts';
import { nodeHttpSubscribers } from './node-http.ts';
import { patchNodeHttp } from './patch-node-http.ts';
import { patchNodeHttp2 } from './patch-node-http2.ts';
import { patchRuntimeFetch } from './runtime-fetch.ts';
import { contain } from './subscribers.ts';
import { undiciSubscribers } from './undici.ts';
import { unwatch } from './undici-callers.ts';

/**
 * Traces outbound calls by `fetch`, undici, `node:http`, `node:https` and `node:http2`: each gets a client span, a child of the active
 * span, and carries the context to the service that it calls. A call without an active span starts a trace of the process's
 * tracer: that of `setDefaultTracer()` or the first `tracing()`, otherwise a new one from the environment.
 *
 * May be called any number of times, by any number of copies of this package. The first call subscribes, and the last `stop()`
 * unsubscribes. Spans of calls that still wait for their response then do not end.
 *
 * On Bun and Deno this replaces `fetch`, which publishes nothing there. `const { fetch } = globalThis` from before stays untraced. A call
 * has one span, redirects included.
 *
 * On Node below 22.12 this replaces `request` and `get` of the modules, since there is no channel. `const { request } =
 * require('node:http')` from before stays untraced, and so does `new ClientRequest()`.
 *
 * For `node:http2` this replaces `connect`, and the method that makes requests. On Node below 22, sessions of `const { connect } =
 * require('node:http2')` from before are traced only if another session has been made since.
 *
 * @returns `stop`. Only its first call counts.
 * @example
 * const stop = instrumentOutbound();
 * await withSpan('report', () => fetch('https://example.com/data'));
 */
export function instrumentOutbound(): () => void {
  let installation = anchor[installationKey];
  if (installation !== undefined && installation.realm !== globalThis) {
    // A finished test file has left it behind: it would still add headers of that file's tracer, and keep its memory. A copy of
    // this package in the same realm has the same active spans, so its installation is shared.
    installation.remove();
    installation = undefined;
  }
  const shared = installation ?? install();
  anchor[installationKey] = shared;
  shared.users++;
  let isStopped = false;
  return function stop(): void {
    if (isStopped) return;
    isStopped = true;
    shared.users--;
    if (shared.users > 0) return;
    shared.remove();
    if (anchor[installationKey] === shared) anchor[installationKey] = undefined;
  };
}

function install(): Installation {
  const subscribers = Object.entries({ ...undiciSubscribers, ...nodeHttpSubscribers }).map(
    // Keeps the channels: Bun collects a channel without references, with its subscribers.
    ([name, subscriber]) => [channel(name), contain(subscriber)] as const,
  );
  for (const [published, subscriber] of subscribers) published.subscribe(subscriber);
  const restoreNodeHttp = patchNodeHttp(reportMissing);
  const restoreNodeHttp2 = patchNodeHttp2((error) => reportMissing('calls by node:http2 are not traced', error));
  const restoreFetch = tryToPatchFetch();
  return {
    realm: globalThis,
    users: 0,
    remove() {
      for (const [published, subscriber] of subscribers) published.unsubscribe(subscriber);
      restoreNodeHttp();
      restoreNodeHttp2();
      restoreFetch();
      unwatch();
    },
  };
}

function tryToPatchFetch(): () => void {
  try {
    return patchRuntimeFetch();
  } catch (error) {
    reportMissing('calls by fetch are not traced', error);
    return () => {};
  }
}

function reportMissing(what: string, error: unknown): void {
  // A script may call this before it has a tracer. The default diagnostics then report the fault.
  const { diagnostics } = knownTracer(currentContext()?.span) ?? { diagnostics: createDiagnostics() };
  const { message } = error as Partial<Error>;
  diagnostics.count('not-instrumented', `${what} (${message}). Set up tracing before the code that freezes it.`);
}
