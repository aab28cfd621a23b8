/**
 * The line of the application that called a library: `code.file.path`, `code.line.number`, `code.column.number` and
 * `code.function.name`.
 *
 * It is the first frame of the stack that belongs neither to Node, nor to a package in `node_modules`, nor to Waymark. Async frames
 * count, so it is found behind an ORM that sends its statement later.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/
 */
import { findSourceMap, type SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { AttributeList } from '../attributes.ts';
import type { CodeAttributesOption } from '../code-attributes-option.ts';
import { createRecentValues } from './recent-values.ts';

// An ORM alone has up to 30 frames.
const maxFrames = 64;

const byStatement = createRecentValues<AttributeList>(1000, 1_000_000);
const none: AttributeList = [];

/**
 * Adds the attributes of the line that calls a library now.
 *
 * @param statement The statement without literals, absent if the call has none.
 */
export function pushCallSite(
  attributes: AttributeList,
  mode: CodeAttributesOption,
  statement: string | undefined,
): void {
  if (mode === false) return;
  if (mode === 'always') {
    attributes.push(...(keptSite ?? callSite() ?? none));
  } else if (statement !== undefined) {
    let site = byStatement.get(statement);
    if (site === undefined) {
      site = keptSite ?? callSite() ?? none;
      byStatement.set(statement, site);
    }
    attributes.push(...site);
  }
}

const byPoolStatement = createRecentValues<AttributeList>(1000, 1_000_000);
/** The line of the pool's caller, while the pool makes the call. */
let keptSite: AttributeList | undefined;

/**
 * The line of the application that calls a pool now. The pool calls its connection later, and from another stack.
 *
 * @param statement As the application gave it, absent if it is not known.
 */
export function keepCallSite(mode: CodeAttributesOption, statement: string | undefined): AttributeList | undefined {
  if (mode === false || (mode !== 'always' && statement === undefined)) return undefined;
  if (mode === 'always' || statement === undefined) return callSite();
  let site = byPoolStatement.get(statement);
  if (site === undefined) {
    site = callSite() ?? none;
    byPoolStatement.set(statement, site);
  }
  return site;
}

/** Calls `fn`. The spans of libraries that start until it returns have a line that was kept. */
export function callFrom<Args extends readonly unknown[], Result>(
  site: AttributeList | undefined,
  fn: (...args: Args) => Result,
  ...args: Args
): Result {
  const outer = keptSite;
  keptSite = site;
  try {
    return fn(...args);
  } finally {
    keptSite = outer;
  }
}

/** @returns `undefined` if no frame is the application's, or the stack cannot be read without changing what the application set. */
function callSite(): AttributeList | undefined {
  try {
    for (const frame of captureFrames() ?? []) {
      const place = placeOf(frame);
      if (place === undefined) continue;
      const site: AttributeList = ['code.file.path', place.path, 'code.line.number', place.line];
      if (place.column > 0) site.push('code.column.number', place.column);
      const name = functionNameOf(frame);
      if (name !== undefined) site.push('code.function.name', name);
      return site;
    }
  } catch {
    // A frame of a revoked proxy, a source map with mistakes: the span goes without.
  }
  return undefined;
}

type Frames = readonly NodeJS.CallSite[];

/**
 * The application's `Error.prepareStackTrace` and `Error.stackTraceLimit` are replaced while the stack is captured, and put back before
 * any other code runs. If they cannot be, as where `Error` is frozen, there are no frames.
 */
function captureFrames(): Frames | undefined {
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  if (!canReplace(prepare) || !canReplace(limit)) return undefined;
  const holder: { stack?: unknown } = {};
  try {
    Error.prepareStackTrace = (_, frames) => frames;
    Error.stackTraceLimit = maxFrames;
    Error.captureStackTrace(holder, callSite);
    const { stack } = holder; // V8 may prepare it as late as here
    return Array.isArray(stack) ? stack : undefined;
  } finally {
    putBack('prepareStackTrace', prepare);
    putBack('stackTraceLimit', limit);
  }
}

function canReplace(property: PropertyDescriptor | undefined): boolean {
  if (property === undefined) return Object.isExtensible(Error);
  return property.writable === true && property.configurable === true;
}

function putBack(name: 'prepareStackTrace' | 'stackTraceLimit', property: PropertyDescriptor | undefined): void {
  if (property === undefined) delete Error[name];
  else Error[name] = property.value;
}

interface Place {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** @returns `undefined` if the frame is not the application's. */
function placeOf(frame: NodeJS.CallSite): Place | undefined {
  const file = frame.getFileName();
  // `wasm://`, `node:internal/…`; built-in functions and eval() have no file.
  if (typeof file !== 'string' || file === '' || /^(?:node|wasm|ext|native):/.test(file) || frame.isNative())
    return undefined;
  const line = frame.getLineNumber();
  if (line === null) return undefined;
  const column = frame.getColumnNumber() ?? 0;
  const source = originalPlace(file, line, column);
  const path = toPath(file);
  if (source !== undefined) return isForeign(source.path) ? undefined : source;
  // In a bundle without source maps, all of its code looks the same.
  return isForeign(path) || path === bundle ? undefined : { path, line, column };
}

function toPath(file: string): string {
  return file.startsWith('file:') ? fileURLToPath(file) : file;
}

function isForeign(path: string): boolean {
  return /[\\/]node_modules[\\/]/.test(path) || ownFolders.some((folder) => path.startsWith(folder));
}

// In the workspace, Waymark's packages are not in node_modules. In a bundle, this file has another name, or none.
const ownFile = typeof __filename === 'string' ? __filename : '';
const workspace = /^(.*[\\/]packages[\\/])core[\\/](?:src|dist)[\\/]libraries[\\/]call-site\.[jt]s$/.exec(ownFile)?.[1];
const ownFolders =
  workspace === undefined
    ? []
    : ['core', 'express', 'fastify'].flatMap((name) =>
        ['src', 'dist'].flatMap((folder) =>
          ['/', '\\'].map((separator) => `${workspace}${name}${separator}${folder}${separator}`),
        ),
      );
const bundle = workspace === undefined && !/[\\/]node_modules[\\/]/.test(ownFile) ? ownFile : undefined;

// Node makes a new object at each request, and reads the whole map for it.
const sourceMaps = createRecentValues<SourceMap | 'none'>(64, 64_000);

/** Where the source map of the file leads, if Node has read it: `--enable-source-maps`, `tsx`. */
function originalPlace(file: string, line: number, column: number): Place | undefined {
  if (!hasSourceMaps()) return undefined;
  let map = sourceMaps.get(file);
  if (map === undefined) {
    map = findSourceMap(file) ?? 'none';
    sourceMaps.set(file, map);
  }
  if (map === 'none') return undefined;
  const entry = map.findEntry(line - 1, column - 1);
  if (!('originalSource' in entry) || typeof entry.originalSource !== 'string') return undefined;
  return { path: toPath(entry.originalSource), line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}

function hasSourceMaps(): boolean {
  // Node 20.19 has no `process.sourceMapsEnabled`.
  return (process as { sourceMapsEnabled?: boolean }).sourceMapsEnabled !== false;
}

/** As V8 writes it in a stack: `Orders.find`, `new Orders`. An arrow function without a name has none. */
function functionNameOf(frame: NodeJS.CallSite): string | undefined {
  const name = frame.getFunctionName();
  if (name === null || name === '' || name === '<anonymous>') return undefined;
  if (frame.isConstructor()) return `new ${name}`;
  const type = frame.isToplevel() ? null : frame.getTypeName();
  const isQualified =
    type === null || type === '' || type === 'Object' || type === 'Module' || name.startsWith(`${type}.`);
  return isQualified ? name : `${type}.${name}`;
}
