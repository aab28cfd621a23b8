// Which files import each other in a circle. Type imports count: a reader has to follow them too.
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Import } from './read-imports.ts';

const root = join(__dirname, '../..');

/** Files that all reach each other by imports, sorted. */
export type Circle = readonly string[];

/**
 * Finds the strongly connected components of more than one file, and files that import themselves.
 *
 * @param resolveName The file behind a specifier that is not relative, or `undefined` for Node and libraries.
 * @see https://en.wikipedia.org/wiki/Tarjan%27s_strongly_connected_components_algorithm
 */
export function findCircles(
  imports: readonly Import[],
  resolveName: (specifier: string) => string | undefined = () => undefined,
): Circle[] {
  const edges = new Map<string, string[]>();
  for (const { file, specifier } of imports) {
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : resolveName(specifier);
    if (target === undefined) continue;
    const targets = edges.get(file) ?? [];
    targets.push(target);
    edges.set(file, targets);
  }

  const places = new Map<string, { readonly index: number; lowest: number; isOpen: boolean }>();
  const open: string[] = [];
  const circles: Circle[] = [];

  function visit(file: string): { readonly index: number; lowest: number; isOpen: boolean } {
    const place = { index: places.size, lowest: places.size, isOpen: true };
    places.set(file, place);
    open.push(file);
    const targets = edges.get(file) ?? [];
    for (const target of targets) {
      const known = places.get(target);
      if (known === undefined) place.lowest = Math.min(place.lowest, visit(target).lowest);
      else if (known.isOpen) place.lowest = Math.min(place.lowest, known.index);
    }
    if (place.lowest === place.index) {
      const members = open.splice(open.indexOf(file));
      for (const member of members) (places.get(member) as { isOpen: boolean }).isOpen = false; // visited above
      if (members.length > 1 || targets.includes(file)) circles.push(members.sort());
    }
    return place;
  }

  for (const file of edges.keys()) if (!places.has(file)) visit(file);
  return circles.sort();
}

/** Maps the published names of the packages, such as `@waymark/core/http`, to the source files behind them. */
export function readPublishedNames(packages: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const folder of packages) {
    const { name, exports = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    for (const [subpath, entry] of Object.entries<Record<string, string> | string>(exports)) {
      const source = typeof entry === 'string' ? undefined : entry['@waymark/source'];
      if (source !== undefined) names.set(posix.join(name, subpath), posix.join(folder, source));
    }
  }
  return names;
}
