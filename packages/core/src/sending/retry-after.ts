import type { IncomingHttpHeaders } from 'node:http';

/**
 * Reads a `Retry-After` header: seconds, or a date. The date is compared with the answer's own `Date`, since the clock of this
 * machine may differ.
 *
 * @returns How long to wait, in milliseconds; `undefined` without a usable header.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function parseRetryAfter({ 'retry-after': header, date }: IncomingHttpHeaders): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const theirNowMs = Date.parse(date ?? '');
  const waitMs = Date.parse(header) - (Number.isNaN(theirNowMs) ? Date.now() : theirNowMs);
  return Number.isNaN(waitMs) ? undefined : Math.max(waitMs, 0);
}
