/**
 * Replaces the method of HTTP/2 sessions that makes requests. Node has channels for their streams from version 22 on, where headers can no
 * longer be added.
 *
 * The class is not exported: it is found at the first session that is made, or at its first request. A service that does not load
 * `node:http2` does not pay for it, where Node reports what is loaded.
 */
import { type Channel, channel } from 'node:diagnostics_channel';
import { syncBuiltinESMExports } from 'node:module';
import { countFault } from '../count-fault.ts';
import { watchResolving } from '../watch-resolving.ts';
import { type Request, tracedRequest } from './node-http2.ts';
import { wrapMethod } from './wrap-method.ts';

type Http2 = typeof import('node:http2');

const modules: ReadonlySet<unknown> = new Set(['http2', 'node:http2']);

/**
 * @param onFailure Called if the module or the class is frozen.
 * @returns A function that restores what other code has not replaced since.
 */
export function patchNodeHttp2(onFailure: (error: unknown) => void): () => void {
  const undo: (() => void)[] = [];
  let isOn = true;
  let isPatched = false;
  let hasClass = false;

  function patchClass(session: object): void {
    if (hasClass || !isOn) return;
    hasClass = true;
    try {
      undo.push(
        wrapMethod(Object.getPrototypeOf(session) as { request: Request }, 'request', (original) =>
          tracedRequest(original, () => isOn),
        ),
      );
    } catch (error) {
      onFailure(error);
    }
  }

  function patchModule(): void {
    if (isPatched || !isOn) return;
    isPatched = true;
    try {
      const http2 = builtin();
      undo.push(
        wrapMethod(http2 as never as Record<'connect', (...args: never[]) => object>, 'connect', (original) => {
          return function connect(this: unknown, ...args: never[]): object {
            const session = original.apply(this, args);
            patchClass(session);
            return session;
          };
        }),
      );
      syncBuiltinESMExports();
      undo.push(syncBuiltinESMExports);
    } catch (error) {
      onFailure(error);
    }
  }

  const created: Channel = channel('http2.client.stream.created');
  const onCreated = (message: unknown): void => {
    try {
      const { stream } = message as { readonly stream: { readonly session?: object } }; // Node's message
      if (stream.session !== undefined) patchClass(stream.session);
    } catch (error) {
      countFault(error);
    }
  };
  created.subscribe(onCreated);
  undo.push(() => created.unsubscribe(onCreated));

  if (isLoaded()) patchModule();
  else if (!watchLoading(patchModule, undo)) patchModule();

  return function restore(): void {
    isOn = false;
    for (const part of undo) {
      try {
        part();
      } catch {
        // Frozen since: the replacement stays, and only calls the original.
      }
    }
  };
}

function isLoaded(): boolean {
  const { moduleLoadList } = process as { moduleLoadList?: readonly string[] }; // undocumented
  return Array.isArray(moduleLoadList) && moduleLoadList.includes('NativeModule http2');
}

/** @returns Whether this Node reports what is loaded. */
function watchLoading(onLoaded: () => void, undo: (() => void)[]): boolean {
  const stopResolving = watchResolving((url) => {
    if (modules.has(url)) queueMicrotask(onLoaded);
  });
  if (stopResolving === undefined) return false;
  const required: Channel = channel('tracing:module.require:end');
  const onRequired = (message: unknown): void => {
    if (modules.has((message as { id?: unknown }).id)) onLoaded(); // Node's message
  };
  required.subscribe(onRequired);
  undo.push(stopResolving, () => required.unsubscribe(onRequired));
  return true;
}

/** Not an import, which would load the module. */
function builtin(): Http2 {
  return process.getBuiltinModule('node:http2');
}
