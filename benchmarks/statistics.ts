// Medians and spreads: means and minima depend more on the other load of the machine.

export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Median, and the range in which the middle half of the measurements lie. */
export interface Measured {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export function measured(numbers: readonly number[]): Measured {
  return { median: median(numbers), low: quantile(numbers, 0.25), high: quantile(numbers, 0.75) };
}
