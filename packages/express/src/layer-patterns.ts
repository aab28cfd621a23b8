/** Reads the patterns of a layer: the string for `http.route`, and a match without side effects. */
import {
  isAtRoot,
  type Layer,
  type LayerMatch,
  type Matcher,
  type Path,
  type PathOrPaths,
} from './express-internals.ts';

/** One of the paths that a layer was registered with. */
export interface Pattern {
  /** The string as registered. `undefined` if the router does not keep it: it then depends on the matched path. */
  readonly text: string | undefined;
  /** May throw for a parameter that cannot be decoded, as the layer does. */
  match(path: string): PatternMatch | undefined;
}

interface PatternMatch {
  /** The matched start of the path. */
  readonly path: string;
  readonly text: string;
}

const known = new WeakMap<Layer, readonly Pattern[]>();

/** Returns the patterns in the order in which the router tries them; none for an unknown generation. */
export function patternsOf(layer: Layer): readonly Pattern[] {
  let patterns = known.get(layer);
  if (patterns === undefined) {
    patterns = readPatterns(layer);
    known.set(layer, patterns);
  }
  return patterns;
}

function readPatterns(layer: Layer): readonly Pattern[] {
  if (isAtRoot(layer)) return [{ text: '', match: () => ({ path: '', text: '' }) }];
  const registered = layer.route ? layer.route.path : layer.rawPath;
  const paths = registered === undefined ? undefined : pathsOf(registered);
  const { matchers, regexp } = layer;
  if (matchers) {
    if (paths === undefined) return matchers.map(createSpelledPattern);
    return paths.map((path, index) => {
      if (path instanceof RegExp) return createRegExpPattern(path, textOf(path, layer));
      // Up to 2.2 a nested array has one matcher for all its paths.
      const own = paths.length === matchers.length ? matchers[index] : compile(layer, path, true).matchers?.[0];
      return createMatcherPattern(own ?? (() => false), textOf(path, layer));
    });
  }
  if (regexp === undefined) return [];
  if (paths === undefined) return readMountSource(layer, regexp);
  return paths.map((path) => {
    const own = paths.length === 1 ? regexp : compile(layer, path, true).regexp;
    return createRegExpPattern(own ?? regexp, textOf(path, layer));
  });
}

/** The pattern of a mount loses its final slashes, since the inner pattern begins with one. */
function textOf(path: Path, { route }: Layer): string {
  if (route) return String(path) || '/';
  return path instanceof RegExp ? String(path) : path.replace(/\/+$/, '');
}

function pathsOf(path: PathOrPaths): readonly Path[] {
  return Array.isArray(path) ? path.flatMap(pathsOf) : [path as Path]; // isArray does not narrow a readonly array
}

/** Makes a layer of the same generation as `model`, to read what the router does not keep of an existing one. */
export function compile(model: Layer, path: PathOrPaths, end: boolean): Layer {
  const sensitive = model.regexp !== undefined && !model.regexp.ignoreCase;
  return new model.constructor(path, { end, strict: false, sensitive }, () => {});
}

function createMatcherPattern(match: Matcher, text: string): Pattern {
  return {
    text,
    match(path) {
      const found = match(path);
      return found === false ? undefined : { path: found.path, text };
    },
  };
}

function createRegExpPattern(regexp: RegExp, text: string): Pattern {
  // A regular expression of the application may have `g` or `y`: each use would move the start of the next one.
  const own = new RegExp(regexp.source, regexp.flags.replace(/[gy]/g, ''));
  return {
    text,
    match(path) {
      const found = own.exec(path);
      return found === null ? undefined : { path: found[0], text };
    },
  };
}

/*
 * Express 4 keeps a mount's path only as a regular expression. This code restores the path from its source, and compiles it again: an
 * equal source proves the result. For a regular expression that the application has registered, the sources differ.
 */

function readMountSource(layer: Layer, regexp: RegExp): readonly Pattern[] {
  const names = (layer.keys ?? []).map(({ name }) => name).filter((name) => typeof name === 'string');
  try {
    // Several paths are joined by `|`, and each begins with `^`.
    return regexp.source.split('|^').map((part, index) => {
      const source = index === 0 ? part : `^${part}`;
      const path = restorePath(source, names);
      const isProven = compile(layer, path, false).regexp?.source === source;
      const own = new RegExp(source, regexp.flags);
      return createRegExpPattern(own, isProven ? textOf(path, layer) : String(own));
    });
  } catch {
    // The restored path is not proven: the application has registered a regular expression.
    return [createRegExpPattern(regexp, String(regexp))];
  }
}

// The source that path-to-regexp 0.1 makes from `:name`, with an optional `/` or `.` before it, a pattern, `*` and `?` after it;
// and from `*`, `.` and `/(`.
const madeOfToken = /\(\?:(\\\.)?(\/)?\((.+?)\)(\(\(\?:\[\/(?:\\\.)?\]\.\+\?\)\?\))?\)(\?)?|\(\.\*\)|\\\.|\/\(\?:/g;

/** @param names The names of the remaining parameters. Names that are used are removed. */
function restorePath(source: string, names: string[]): string {
  return source
    .replaceAll('\\/', '/')
    .replace(/^\^/, '')
    .replace(/\/\?\(\?=\/\|\$\)$/, '')
    .replace(madeOfToken, (made, dot = '', slash = '', body = '', star = '', optional = '') => {
      if (made === '(.*)') return '*';
      if (made === '\\.') return '.';
      if (made === '/(?:') return '/(';
      const isDefault = body.startsWith('[^/') || body.startsWith('(?:(?!/|');
      return `${dot && '.'}${slash}:${names.shift()}${isDefault ? '' : `(${body})`}${star && '*'}${optional}`;
    });
}

/*
 * `router` 2.0 to 2.2 keeps a mount's path only in a closure, which returns the parameters of a path. This code finds their places by
 * changing one character and matching again: if exactly one parameter changes, the character belongs to it. The result holds for
 * every path with the same parameters, so this runs once for each set of names.
 */

function createSpelledPattern(match: Matcher): Pattern {
  const texts = new Map<string, string>();
  return {
    text: undefined,
    match(path) {
      const found = match(path);
      if (found === false) return undefined;
      const names = Object.keys(found.params).join();
      let text = texts.get(names);
      if (text === undefined) {
        // The work grows with the square of the length. A path this long has no pattern worth it.
        if (found.path.length > 512) return undefined;
        text = spellPattern(match, found);
        texts.set(names, text);
      }
      return { path: found.path, text };
    },
  };
}

function spellPattern(match: Matcher, found: LayerMatch): string {
  // A regular expression of the application: matches of path-to-regexp have parameters without a prototype. Its source cannot be read,
  // and the matched path would make each value a separate route.
  if (Object.getPrototypeOf(found.params) !== null) return '/*';
  const units = found.path.match(/(?:%[0-9a-f]{2})+|./gis) ?? [];
  let text = '';
  let before = '';
  let lastOwner: string | undefined;
  for (const unit of units) {
    const after = found.path.slice(before.length + unit.length);
    const owner = findOwner(match, found, `${before}${/^(?:~|%7e)/i.test(unit) ? '!' : '~'}${after}`);
    if (owner === undefined) text += unit;
    else if (owner !== lastOwner) text += Array.isArray(found.params[owner]) ? `*${owner}` : `:${owner}`;
    lastOwner = owner;
    before += unit;
  }
  return text.replace(/\/+$/, '');
}

/** The only parameter that differs in `changedPath`. */
function findOwner(match: Matcher, found: LayerMatch, changedPath: string): string | undefined {
  const other = match(changedPath);
  if (other === false || other.path !== changedPath) return undefined;
  const names = Object.keys(found.params);
  if (Object.keys(other.params).join() !== names.join()) return undefined;
  const changed = names.filter((name) => String(other.params[name]) !== String(found.params[name]));
  return changed.length === 1 ? changed[0] : undefined;
}
