/** Finds the trace of a command by its id, the first digits of the id, or the address of its page. */
import { CliError } from './cli-error.ts';
import type { CollectorClient } from './collector-client.ts';

/** @throws {CliError} If there is no such trace, or several. */
export async function readTraceId(text: string, client: CollectorClient): Promise<string> {
  const [, whole] = /(?:^|\/)([0-9a-f]{32})\/?(?:[?#].*)?$/i.exec(text) ?? [];
  if (whole !== undefined) return whole.toLowerCase();
  if (!/^[0-9a-f]{1,31}$/i.test(text)) {
    throw new CliError(
      'WAYMARK_USAGE',
      `TRACE must be an id (32 hex digits), its first digits, or the address of its page, got "${text}".`,
    );
  }
  const digits = text.toLowerCase();
  // Zipkin and Jaeger show 64-bit ids as 16 digits.
  const begins = digits.length === 16 ? [digits, digits.padStart(32, '0')] : [digits];
  const found = new Set<string>();
  for (const beginning of begins) for (const traceId of await findByBeginning(client, beginning)) found.add(traceId);
  const [only, ...others] = found;
  if (only === undefined) {
    throw new CliError(
      'WAYMARK_NO_TRACE',
      `There is no trace whose id begins with ${digits}: it has not arrived, or was deleted to make room for newer ones.`,
    );
  }
  if (others.length === 0) return only;
  const shown = [...found].slice(0, maxShown).map((traceId) => `  ${traceId}`);
  throw new CliError(
    'WAYMARK_USAGE',
    `${found.size > maxShown ? 'Many' : found.size} traces have ids that begin with ${digits}. Give more digits:\n${shown.join('\n')}`,
  );
}

const maxShown = 5;

async function findByBeginning(client: CollectorClient, beginning: string): Promise<readonly string[]> {
  const found: string[] = [];
  const query = beginning.length === 32 ? beginning : `trace:${beginning}*`;
  let cursor: string | undefined;
  do {
    const page = await client.list({ query, cursor });
    for (const { traceId } of page.traces) found.push(traceId);
    cursor = page.cursor;
  } while (cursor !== undefined && found.length <= maxShown);
  return found;
}
