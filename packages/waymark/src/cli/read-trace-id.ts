import { CliError } from './cli-error.ts';

/** A trace's id, or the address of its page. */
export function readTraceId(text: string): string {
  const traceId = /(?:^|\/)([0-9a-f]{32})\/?(?:[?#].*)?$/i.exec(text)?.[1];
  if (traceId !== undefined) return traceId.toLowerCase();
  throw new CliError('WAYMARK_USAGE', `A trace is named by 32 hex digits, or the address of its page, got "${text}".`);
}
