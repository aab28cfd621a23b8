/** What is used of undici; its versions agree on that. */
export type Undici = typeof import('undici7');

const loaders: Readonly<Record<6 | 7 | 8, () => unknown>> = {
  6: () => require('undici6'),
  7: () => require('undici7'),
  8: () => require('undici8'),
};

/** The undici of that major version, or `undefined` where this Node is too old for it. */
export function loadUndici(major: 6 | 7 | 8): Undici | undefined {
  try {
    return loaders[major]() as Undici; // see there
  } catch {
    return undefined;
  }
}
