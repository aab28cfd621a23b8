// Numbers in tables of figures.

/** The median, with the quartiles. */
export function triple([lower, median, upper]: readonly [number, number, number]): string {
  return `${lower.toFixed(1)} **${median.toFixed(1)}** ${upper.toFixed(1)}`;
}

export function thousands(value: number): string {
  return Math.round(value).toLocaleString('en');
}
