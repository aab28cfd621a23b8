/** Splits a request of this package in the middle: one resource, and its spans by scope. */
import type { Half } from '../sending/span-format.ts';

/** The spans of one scope, as they are in a request. */
export interface ScopeSection {
  /** The bytes in front of the spans: the scope. */
  readonly head: Buffer;
  readonly spans: readonly Buffer[];
}

/**
 * Splits the spans of all sections in two, in order. A scope whose spans are on both sides is in both halves.
 *
 * @param assemble Makes a request of sections.
 * @returns `undefined` for fewer than two spans.
 */
export function halveSections(
  sections: readonly ScopeSection[],
  assemble: (sections: readonly ScopeSection[]) => readonly Buffer[],
): readonly [Half, Half] | undefined {
  const spanCount = sections.reduce((sum, { spans }) => sum + spans.length, 0);
  const firstCount = spanCount >> 1;
  if (firstCount === 0) return undefined;
  const [first, second]: [ScopeSection[], ScopeSection[]] = [[], []];
  let left = firstCount;
  for (const { head, spans } of sections) {
    const taken = Math.min(left, spans.length);
    if (taken > 0) first.push({ head, spans: spans.slice(0, taken) });
    if (taken < spans.length) second.push({ head, spans: spans.slice(taken) });
    left -= taken;
  }
  return [
    { body: Buffer.concat(assemble(first)), spanCount: firstCount },
    { body: Buffer.concat(assemble(second)), spanCount: spanCount - firstCount },
  ];
}
