/** Computes the size of a service's box before it is drawn: the layout needs it. */

export const maxNameLength = 28;

export function nodeSize(name: string): { width: number; height: number } {
  return { width: Math.max(188, 32 + Math.min(maxNameLength, name.length) * 7.8), height: 48 };
}
