import type { StoreLimits } from './trace-store.ts';

export const defaultLimits: StoreLimits = {
  maxBytes: 512 * 1024 * 1024,
  maxSpans: 1_000_000,
  maxAgeMs: 7 * 24 * 60 * 60 * 1000,
};
