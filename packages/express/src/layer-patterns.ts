/** The patterns of a layer: as text for `http.route`, and as a match that changes nothing. */
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
  /** As registered, or `undefined` if the router keeps no text and it depends on the path that matched. */
  readonly text: string | undefined;
  /** May throw, as a layer does, at a parameter that cannot be decoded. */
  match(path: string): PatternMatch | undefined;
}

interface PatternMatch {
  /** How much of the path, from its start. */
  readonly path: string;
  readonly text: string;
}

const known = new WeakMap<Layer, readonly Pattern[]>();

/** In the order in which the router tries them. None if the layer is of an unknown generation. */
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
      // Up to 2.2 an array within an array has one matcher for all.
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

/** The last slash of a mount is the first of what follows. */
function textOf(path: Path, { route }: Layer): string {
  if (route) return String(path) || '/';
  return path instanceof RegExp ? String(path) : path.replace(/\/+$/, '');
}

function pathsOf(path: PathOrPaths): readonly Path[] {
  return Array.isArray(path) ? path.flatMap(pathsOf) : [path as Path]; // isArray does not narrow a readonly array
}

/** A layer of the same generation as `model`, for what cannot be read of the one that is there. */
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
  // An application's own may have `g` or `y`: each use would move where the next one begins.
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
 * Express 4 keeps a mount's path as a regular expression alone. Its source is put back into the path that it was made from,
 * and compiled again: only the same source proves it. An application's own regular expression doesn't come through that.
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
    // What was restored, or cut at `|^`, is no pattern: it was one regular expression.
    return [createRegExpPattern(regexp, String(regexp))];
  }
}

// What path-to-regexp 0.1 makes of `:name`, with an optional `/` or `.` before it, a pattern of its own, `*` and `?`;
// and of `*`, `.` and `/(`.
const madeOfToken = /\(\?:(\\\.)?(\/)?\((.+?)\)(\(\(\?:\[\/(?:\\\.)?\]\.\+\?\)\?\))?\)(\?)?|\(\.\*\)|\\\.|\/\(\?:/g;

/** @param names Of all parameters still to come; those that are used are taken away. */
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
 * `router` 2.0 to 2.2 keeps a mount's path in a closure alone, which says what a path's parameters are. Where they stand is
 * found by asking again with one character changed: if that changes one parameter and nothing else, the character is part
 * of it. The answer holds for every path with the same parameters, so this is done once for each set of them.
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
        // The work grows with the square of the length, and a path that long is nobody's pattern.
        if (found.path.length > 512) return undefined;
        text = spellPattern(match, found);
        texts.set(names, text);
      }
      return { path: found.path, text };
    },
  };
}

function spellPattern(match: Matcher, found: LayerMatch): string {
  // A regular expression: path-to-regexp's own matches have parameters without a prototype. Its source cannot be had, and
  // the path that it matched would make a route of its own of each value.
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

/** The one parameter that is not the same in `changedPath`. */
function findOwner(match: Matcher, found: LayerMatch, changedPath: string): string | undefined {
  const other = match(changedPath);
  if (other === false || other.path !== changedPath) return undefined;
  const names = Object.keys(found.params);
  if (Object.keys(other.params).join() !== names.join()) return undefined;
  const changed = names.filter((name) => String(other.params[name]) !== String(found.params[name]));
  return changed.length === 1 ? changed[0] : undefined;
}
