/** The screens that the top bar links to. */
import { link, place } from './location.ts';

export const screens = [
  { path: '/traces', name: 'Traces', key: 'g t' },
  { path: '/operations', name: 'Operations', key: 'g o' },
  { path: '/map', name: 'Map', key: 'g m' },
  { path: '/errors', name: 'Errors', key: 'g e' },
] as const;

/** A link to a screen keeps the time range. The other parameters belong to one screen. */
export function screenLink(path: string): string {
  const { params } = place.value;
  const kept = ['range', 'from', 'to'].map((name) => [name, params.get(name) ?? undefined]);
  return link(path, Object.fromEntries(kept));
}
