/** Reports libraries that are loaded later. Neither way changes what is loaded, or in which order. */
import { channel } from 'node:diagnostics_channel';
import Module from 'node:module';
import { contained } from '../count-fault.ts';
import { namesLibrary } from './find-loaded.ts';
import { libraryTable } from './library-table.ts';

export interface LoadingListener {
  /** A CommonJS module of a library may have been loaded. */
  onRequired(): void;
  /** An ES module of a library has been loaded. */
  onImported(url: string, moduleExports: unknown): void;
}

interface RegisterHooks {
  /** Node 22.15 and later. */
  registerHooks?(hooks: {
    resolve(
      specifier: string,
      context: unknown,
      nextResolve: (specifier: string, context: unknown) => { readonly url: string },
    ): { readonly url: string };
  }): unknown;
}

// Kept: Node collects a channel without references, with its subscribers.
const required = channel('tracing:module.require:end');

/**
 * Watches from now on.
 *
 * @returns Whether this Node reports what is loaded (22.15 and later). Otherwise the caller has to look from time to time.
 */
export function watchLoading(listener: LoadingListener): boolean {
  let isLookDue = false;
  /** The ES modules of libraries so far: to import one again resolves it again. */
  const imported = new Set<string>();

  /** A module that loads within another one is complete only when that is. */
  function lookSoon(): void {
    if (isLookDue) return;
    isLookDue = true;
    setImmediate(() => {
      isLookDue = false;
      contained(listener.onRequired)();
    }).unref();
  }

  required.subscribe(
    contained((message) => {
      const { id, parentFilename } = message as { id?: unknown; parentFilename?: unknown }; // Node's message
      if (typeof id === 'string' && namesLibrary(id)) listener.onRequired();
      else if (typeof parentFilename !== 'string' || !namesLibrary(parentFilename)) return;
      lookSoon();
    }),
  );
  return watchResolving((url) => {
    if (isModuleOfLibrary(url)) {
      if (imported.has(url)) return;
      imported.add(url);
      queueMicrotask(() => void importAgain(url));
    } else if (namesLibrary(url)) lookSoon();
  });

  /** The loader returns the module that it has loaded, or is loading: nothing is loaded twice. */
  async function importAgain(url: string): Promise<void> {
    try {
      const moduleExports: unknown = await import(url);
      contained(listener.onImported)(url, moduleExports);
    } catch {
      // It could not be loaded, which the application finds out by itself.
    }
  }
}

/** @returns Whether this runtime can report what it resolves. */
function watchResolving(onResolved: (url: string) => void): boolean {
  const { registerHooks } = Module as RegisterHooks;
  if (typeof registerHooks !== 'function') return false;
  try {
    registerHooks.call(Module, {
      resolve(specifier, context, nextResolve) {
        const resolved = nextResolve(specifier, context);
        const { url } = resolved;
        if (url.includes('/node_modules/') || (url.startsWith('node:') && namesLibrary(url)))
          contained(onResolved)(url);
        return resolved;
      },
    });
    return true;
  } catch {
    return false; // another runtime, which has the name only
  }
}

function isModuleOfLibrary(url: string): boolean {
  return rowOfModule(url) !== undefined;
}

/** The row of the table that an ES module belongs to. */
export function rowOfModule(url: string): (typeof libraryTable)[number] | undefined {
  return libraryTable.find(({ packageName, modules = [] }) =>
    modules.some((file) => url.endsWith(`/node_modules/${packageName}/${file}`)),
  );
}
