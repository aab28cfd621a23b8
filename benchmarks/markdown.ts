// Tables and numbers of the README.
import type { Measured } from './statistics.ts';

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

/** Three significant digits, and no more than are there. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

export function spread({ median, low, high }: Measured): string {
  return `${figure(median)} (${figure(low)} – ${figure(high)})`;
}

export function ratio(value: number, base: number): string {
  return `${figure(value / base)} ×`;
}
