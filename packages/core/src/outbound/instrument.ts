/** Turns the tracing of outbound calls on and off: one set of subscriptions for the process, however many ask. */
import { channel } from 'node:diagnostics_channel';
import { currentContext } from '../active-context.ts';
import { createDiagnostics } from '../diagnostics.ts';
import { anchor, type Installation, installationKey } from '../outbound-installation.ts';
import { tracerFor } from './begin-client-span.ts';
import { nodeHttpSubscribers } from './node-http.ts';
import { patchNodeHttp } from './patch-node-http.ts';
import { patchRuntimeFetch } from './runtime-fetch.ts';
import { contain } from './subscribers.ts';
import { undiciSubscribers } from './undici.ts';
import { unwatch } from './undici-callers.ts';

/**
 * Traces outbound calls by `fetch`, undici, `node:http` and `node:https`: each gets a client span, child of the active
 * span, and carries the context to the service it calls. A call without an active span starts a trace of the process's
 * tracer: that of `setDefaultTracer()` or the first `tracing()`, or else one that is made from the environment at that moment.
 *
 * May be called any number of times, by any number of copies of this package: the first subscribes, and when all have
 * stopped, the last unsubscribes. Spans of calls that wait for their answer at that moment do not end.
 *
 * On Bun and Deno `fetch` is replaced by one that is traced, as theirs publishes nothing: `const { fetch } = globalThis` taken
 * out before stays as it was. There a call has one span, redirects included.
 *
 * On Node below 22.12, `const { request } = require('node:http')` taken out before this is called stays as it was, and so
 * does `new ClientRequest()`: there is no channel there, so the functions of the module are replaced.
 *
 * @returns `stop`. Only its first call counts.
 * @example
 * const stop = instrumentOutbound();
 * await withSpan('report', () => fetch('https://example.com/data'));
 */
export function instrumentOutbound(): () => void {
  let installation = anchor[installationKey];
  if (installation !== undefined && installation.realm !== globalThis) {
    // Left behind by a test file that is over: it would go on adding the headers of a tracer that nobody sees any more, and
    // keep that file's memory. A copy in the same realm, on the other hand, has the same active spans: it is shared.
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
    // The channels themselves are held here: Bun forgets a channel that no code holds, with its subscribers.
    ([name, subscriber]) => [channel(name), contain(subscriber)] as const,
  );
  for (const [published, subscriber] of subscribers) published.subscribe(subscriber);
  const restoreNodeHttp = patchNodeHttp(reportMissing);
  const restoreFetch = tryToPatchFetch();
  return {
    realm: globalThis,
    users: 0,
    remove() {
      for (const [published, subscriber] of subscribers) published.unsubscribe(subscriber);
      restoreNodeHttp();
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
  // A script may ask for this before it has a tracer, and then there is no other place to say it.
  const { diagnostics } = tracerFor(currentContext()?.span) ?? { diagnostics: createDiagnostics() };
  const { message } = error as Partial<Error>;
  diagnostics.count('not-instrumented', `${what} (${message}). Set up tracing before the code that freezes it.`);
}
