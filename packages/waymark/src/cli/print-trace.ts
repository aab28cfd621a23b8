/** Prints traces as waterfalls. */
import { analyseTrace } from '../analysis/index.ts';
import type { TraceSummary } from '../api/types.ts';
import { formatDuration } from '../terminal/format-duration.ts';
import { type Line, printLine } from '../terminal/line.ts';
import { toPrintable } from '../terminal/printable-text.ts';
import { renderWaterfall } from '../terminal/render-waterfall.ts';
import type { TerminalAbilities } from '../terminal/terminal-abilities.ts';
import type { CollectorClient } from './collector-client.ts';

export interface PrintTraceOptions {
  readonly abilities: TerminalAbilities;
  readonly maxRows: number;
  /** One line for each trace. */
  readonly isBrief: boolean;
}

/** @returns The text, with its line ends; a trace that is gone again is no text. */
export async function printTrace(
  client: CollectorClient,
  trace: TraceSummary,
  toldSpanCount: number,
  { abilities, maxRows, isBrief }: PrintTraceOptions,
): Promise<string> {
  const url = client.viewerUrl(trace.traceId);
  if (isBrief) return `${printLine(describe(trace, url, abilities.links), abilities)}\n`;
  const outline = await client.outline(trace.traceId);
  const waterfall = renderWaterfall(outline, analyseTrace(outline), { ...abilities, url, maxRows });
  const grown = toldSpanCount > 0 ? `Grown from ${toldSpanCount} to ${outline.spanIds.length} spans:\n` : '';
  return `${grown}${waterfall}\n`;
}

function describe(
  { name, serviceName, durationMs, spanCount, errorCount }: TraceSummary,
  url: string,
  links: boolean,
): Line {
  return [
    { text: formatDuration(durationMs).padStart(8) },
    { text: `  ${toPrintable(serviceName)} ` },
    { text: toPrintable(name), style: 'bold', link: url },
    { text: `  ${spanCount} ${spanCount === 1 ? 'span' : 'spans'}`, style: 'dim' },
    { text: errorCount > 0 ? `, ${errorCount} failed` : '', style: 'red' },
    { text: links ? '' : `  ${url}`, style: 'dim' },
  ];
}
