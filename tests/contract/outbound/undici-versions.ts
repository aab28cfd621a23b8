/** What is used of undici; its versions agree on that. */
export type Undici = typeof import('undici7');

/** The undici of that major version, or `undefined` where this Node is too old for it. */
export function loadUndici(major: 6 | 7 | 8): Undici | undefined {
  try {
    return require(`undici${major}`);
  } catch {
    return undefined;
  }
}
