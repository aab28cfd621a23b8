/** The part of undici that the tests use. It is the same in all versions. */
export type Undici = typeof import('undici7');

const loaders: Readonly<Record<6 | 7 | 8, () => unknown>> = {
  6: () => require('undici6'),
  7: () => require('undici7'),
  8: () => require('undici8'),
};

/** The undici of that major version, or `undefined` where this Node is too old for it. */
export function loadUndici(major: 6 | 7 | 8): Undici | undefined {
  try {
    return loaders[major]() as Undici; // the type of 7 fits every version here
  } catch {
    return undefined;
  }
}
