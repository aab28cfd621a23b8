/** Parses durations and times in Go's format, which Jaeger's API uses. */

import { type Parameters, readText } from './query-parameters.ts';
import { RequestProblem } from './request-problem.ts';

const unitsInMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 6e4,
  h: 3.6e6,
  d: 8.64e7, // Jaeger's UI offers days, which Go does not have
};

/** `1.2s` or `1h30m`, as milliseconds. */
export function readDuration(parameters: Parameters, name: string): number | undefined {
  const text = readText(parameters, name);
  if (text === undefined) return undefined;
  if (text === '0') return 0; // the only number without a unit in Go
  let ms = 0;
  let rest = text;
  while (rest !== '') {
    const [part, digits = '', unit = ''] = /^(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)/.exec(rest) ?? [];
    const factor = unitsInMs[unit];
    if (part === undefined || factor === undefined) {
      throw new RequestProblem(400, `unable to parse param '${name}': a duration is 100ms, 1.5s or 2h, got ${text}`);
    }
    ms += Number(digits) * factor;
    rest = rest.slice(part.length);
  }
  return ms;
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

/** A time in RFC 3339, as Unix milliseconds. Grafana does not encode the plus of an offset, so it arrives as a space. */
export function readTime(parameters: Parameters, name: string): number {
  const text = readText(parameters, name)?.replace(' ', '+');
  const ms = text !== undefined && rfc3339.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(ms)) return ms;
  throw new RequestProblem(
    400,
    `malformed parameter ${name}: a time is 2026-11-25T03:00:00Z, got ${text ?? 'nothing'}`,
  );
}
