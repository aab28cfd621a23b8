/** `1 trace`, `2 traces`, `12,000 spans`. */
export function countOf(count: number, one: string, several: string = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : several}`;
}
