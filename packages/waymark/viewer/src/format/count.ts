/** Counts, shares, rates and sizes as strings. */

const whole = new Intl.NumberFormat('en');

/** `1,204`. */
export function formatCount(count: number): string {
  return whole.format(count);
}

/** `941`, `9.9k`, `52k`, `4.1M`: at most four characters, for columns and badges. */
export function formatShortCount(count: number): string {
  if (count < 1000) return String(Math.round(count));
  if (count < 9_950) return `${(count / 1e3).toFixed(1)}k`;
  if (count < 999_500) return `${Math.round(count / 1e3)}k`;
  return `${(count / 1e6).toFixed(count < 9_950_000 ? 1 : 0)}M`;
}

/** `1 trace`, `3 traces`. */
export function formatPlural(count: number, one: string, many: string = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `0%`, `0.4%`, `12%`. Only none is 0%, and only all is 100%. */
export function formatShare(part: number, total: number): string {
  if (total === 0 || part === 0) return '0%';
  const percent = (part / total) * 100;
  if (percent < 0.1) return '<0.1%';
  if (percent < 10) return `${percent.toFixed(1)}%`;
  return part < total && percent > 99 ? '>99%' : `${Math.round(percent)}%`;
}

/** `12.4/s`, `3.2/min`, `1.5/h`, `0.5/d`, `<0.1/d`. Never `0.0`. */
export function formatRate(count: number, overMs: number): string {
  if (count === 0 || overMs <= 0) return '0/s';
  const perSecond = count / (overMs / 1000);
  if (perSecond >= 0.995) return `${short(perSecond)}/s`;
  if (perSecond * 60 >= 0.995) return `${short(perSecond * 60)}/min`;
  if (perSecond * 3600 >= 0.995) return `${short(perSecond * 3600)}/h`;
  return perSecond * 86_400 < 0.05 ? '<0.1/d' : `${short(perSecond * 86_400)}/d`;
}

/** `512 MiB`: powers of 1,024, like the collector's limits. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(0)} KiB`;
  const [value, unit] = bytes < 1024 ** 3 ? [bytes / 1024 ** 2, 'MiB'] : [bytes / 1024 ** 3, 'GiB'];
  return `${value < 10 && !Number.isInteger(value) ? value.toFixed(1) : value.toFixed(0)} ${unit}`;
}

function short(value: number): string {
  return value >= 1000 ? formatShortCount(value) : value >= 99.5 ? value.toFixed(0) : value.toFixed(1);
}
