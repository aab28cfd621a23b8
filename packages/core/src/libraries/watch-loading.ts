/** Reports libraries that are loaded later. Neither way changes what is loaded, or in which order. */
import { type Channel, channel } from 'node:diagnostics_channel';
import { contained } from '../count-fault.ts';
import { watchResolving } from '../watch-resolving.ts';
import { namesLibrary } from './find-loaded.ts';
import { libraryTable } from './library-table.ts';

export interface LoadingListener {
  /** A CommonJS module of a library may have been loaded. */
  onRequired(): void;
  /** An ES module of a library has been loaded. */
  onImported(url: string, moduleExports: unknown): void;
}

const watchKey: unique symbol = Symbol.for('waymark.loading.v1') as never;

/** The one watcher of the process: Jest runs many realms in it, each with a copy of this module. */
interface Watch {
  readonly realm: object;
  readonly reportsLoading: boolean;
  stop(): void;
}

// Kept: Node collects a channel without references, with its subscribers.
const required: Channel & { [watchKey]?: Watch } = channel('tracing:module.require:end');

// A plugin loader requires by computed names: what it requires is not remembered without an end.
const mostIds = 1000;

/**
 * Watches from now on, in place of what a finished test file has left behind. A second copy of this package leaves it to the first.
 *
 * @returns Whether this Node reports what is loaded (22.15 and later). Otherwise the caller has to look from time to time.
 */
export function watchLoading(listener: LoadingListener): boolean {
  const before = required[watchKey];
  if (before?.realm === globalThis) return before.reportsLoading;
  before?.stop();

  let isLookDue = false;
  /** The ES modules of libraries so far: to import one again resolves it again. */
  const imported = new Set<string>();

  /** What was looked for, by the file that required it: kafkajs calls `require()` for each request that it sends, which loads nothing new. */
  const requiredBy = new Map<string, Set<string>>();

  function remember(id: string, parent: string): void {
    const ids = requiredBy.get(parent) ?? new Set();
    if (ids.size < mostIds) requiredBy.set(parent, ids.add(id));
  }

  /** A module that loads within another one is complete only when that is. */
  function lookSoon(): void {
    if (isLookDue) return;
    isLookDue = true;
    setImmediate(() => {
      isLookDue = false;
      contained(listener.onRequired)();
    }).unref();
  }

  const onRequired = contained((message: unknown) => {
    const { id, parentFilename } = message as { id?: unknown; parentFilename?: unknown }; // Node's message
    // A CommonJS module that an ES module imports has no parent.
    const parent = typeof parentFilename === 'string' ? parentFilename : '';
    if (typeof id !== 'string' || requiredBy.get(parent)?.has(id) === true) return;
    if (namesLibrary(id)) listener.onRequired();
    else if (!namesLibrary(parent)) return;
    remember(id, parent);
    lookSoon();
  });
  required.subscribe(onRequired);
  const stopResolving = watchResolving((url) => {
    if (!url.includes('/node_modules/') && !(url.startsWith('node:') && namesLibrary(url))) return;
    if (isModuleOfLibrary(url)) {
      if (imported.has(url)) return;
      imported.add(url);
      queueMicrotask(() => void importAgain(url));
    } else if (namesLibrary(url)) lookSoon();
  });
  required[watchKey] = {
    realm: globalThis,
    reportsLoading: stopResolving !== undefined,
    stop() {
      required.unsubscribe(onRequired);
      stopResolving?.();
    },
  };
  return stopResolving !== undefined;

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

function isModuleOfLibrary(url: string): boolean {
  return rowOfModule(url) !== undefined;
}

/** The row of the table that an ES module belongs to. */
export function rowOfModule(url: string): (typeof libraryTable)[number] | undefined {
  return libraryTable.find(({ packageName, modules = [] }) =>
    modules.some((file) => url.endsWith(`/node_modules/${packageName}/${file}`)),
  );
}
