/** Traces the libraries that the process has loaded, and those that it loads later. Each is traced once. */
import { setImmediate } from 'node:timers'; // not the global one, which a test may fake
import { contained, countFault } from '../count-fault.ts';
import { noteLibrary } from '../found-libraries.ts';
import type { InternalTracer } from '../internal-tracer.ts';
import { type LibraryName, type LibrarySettings, libraryNames } from '../libraries-option.ts';
import { readProperty } from '../read-property.ts';
import { findEsModules } from './find-es-modules.ts';
import { findLoaded, type LoadedModule, versionOf } from './find-loaded.ts';
import { libraryTable, type TableRow } from './library-table.ts';
import { tracerOfLibraries } from './step-aside.ts';
import { watchAnnouncements } from './watch-announcements.ts';
import { rowOfModule, watchLoading } from './watch-loading.ts';
import { watchPublishing } from './watch-publishing.ts';

/** The libraries that some tracer of this process wants traced. */
const wanted = new Set<LibraryName>();
/** Those of the tracer that was made last. */
let lastSettings: LibrarySettings | undefined;
/** The modules that have been dealt with. */
const handled = new Set<string>();
/** Whether this Node reports what is loaded; `undefined` before the first call. */
let reportsLoading: boolean | undefined;
let isLookDue = false;

/** Traces the libraries that a tracer's settings name. Never throws. */
export function traceLibrariesOf(tracer: InternalTracer): void {
  const { settings } = tracer;
  if (settings.disabled) return;
  lastSettings = settings.libraries;
  for (const name of libraryNames) if (settings.libraries[name] !== undefined) wanted.add(name);
  if (wanted.size === 0) return;
  try {
    watchAnnouncements(({ name }) => wanted.has(name), traceAnnounced);
    look();
    reportsLoading ??= watchLoading({ onRequired: look, onImported: traceImported });
    if (!reportsLoading) lookAfterLoading();
    watchPublishing(
      libraryTable.filter(({ name }) => wanted.has(name)),
      tracePublishing,
    );
  } catch (error) {
    countFault(error);
  }
}

/** A script or a worker has no requests to look at. What its files load at their start is loaded before the event loop turns. */
function lookAfterLoading(): void {
  if (isLookDue) return;
  isLookDue = true;
  setImmediate(() => {
    isLookDue = false;
    contained(look)();
  }).unref();
}

const lastLook = 1024;
let requests = 0;

/**
 * Call this at each request, as long as it returns `true`. It looks at the first one; where Node does not report what is loaded,
 * also at the second, fourth, eighth, up to the 1,024th, since a handler may load a library. Never throws.
 */
export function lookAtRequest(): boolean {
  if (wanted.size === 0) return false;
  requests++;
  if ((requests & (requests - 1)) === 0) contained(look)();
  return reportsLoading === false && requests < lastLook;
}

let isLooking = false;

function look(): void {
  // In Jest, to ask for a module of Node is to require it, which is reported as a module that was loaded.
  if (isLooking) return;
  isLooking = true;
  try {
    for (const module of findLoaded()) {
      if (!wanted.has(module.row.name) || handled.has(module.key)) continue;
      handled.add(module.key);
      traceModule(module);
    }
    for (const url of findEsModules()) if (!handled.has(url)) void importAgain(url);
  } finally {
    isLooking = false;
  }
}

/** The loader returns the module that it has loaded: nothing is loaded twice. */
async function importAgain(url: string): Promise<void> {
  try {
    traceImported(url, await import(url));
  } catch {
    // The application has not been able to load it either.
  }
}

/** Traces the libraries that an application has as its properties. For adapters, when its plugins are loaded. Never throws. */
export function lookAtApp(app: object): void {
  const row = libraryTable.find(({ packageName }) => packageName === 'mercurius');
  if (row === undefined || !wanted.has(row.name)) return;
  if (typeof readProperty(readProperty(app, 'graphql'), 'addHook') !== 'function') return; // not Mercurius
  traceModule({ row, root: row.packageName, key: row.packageName, exports: app });
}

function tracePublishing(row: TableRow): void {
  traceModule({ row, root: row.packageName, key: row.packageName, exports: undefined });
}

function traceImported(url: string, moduleExports: unknown): void {
  const row = rowOfModule(url);
  if (row === undefined || !wanted.has(row.name) || handled.has(url)) return;
  handled.add(url);
  const [root = ''] = url.split(`/${row.packageName}/`).slice(0, 1);
  traceModule({
    row,
    root: decodeURI(new URL(`${root}/${row.packageName}`).pathname),
    key: url,
    exports: moduleExports,
  });
}

function traceAnnounced(row: TableRow, message: unknown): void {
  traceFound(row, undefined, message);
}

function traceModule({ row, root, exports: moduleExports }: LoadedModule): void {
  traceFound(row, versionOf(root), moduleExports);
}

function traceFound(row: TableRow, version: string | undefined, moduleExports: unknown): void {
  const { name, byHand, announcedBy } = row;
  const other = tracerOfLibraries();
  if (other !== undefined) {
    noteLibrary({ name, version, tracedBy: undefined, problem: `${other} traces it` });
    return;
  }
  try {
    const tracedBy = row.loadTraces().traces[name]?.(moduleExports, version, lastSettings as LibrarySettings); // set before any look
    if (tracedBy === 'foreign') {
      noteLibrary({ name, version, tracedBy: undefined, problem: 'another instrumentation has wrapped it' });
    } else {
      const problem = tracedBy === undefined ? `this version is not known; try ${byHand}` : undefined;
      noteLibrary({
        name,
        version,
        tracedBy,
        problem,
        isAnnounced: version === undefined && announcedBy !== undefined,
      });
    }
  } catch (error) {
    noteLibrary({ name, version, tracedBy: undefined, problem: `it could not be wrapped; try ${byHand}` });
    countFault(error);
  }
}
