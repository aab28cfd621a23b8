/** Prints traces as waterfalls. */

import { toPrintable } from '@waymark/core/printable-text';
import { analyseTrace, type TraceAnalysis } from '../analysis/index.ts';
import type { TraceSummary } from '../api/types.ts';
import { countOf } from '../terminal/count-of.ts';
import { formatDuration } from '../terminal/format-duration.ts';
import { type Line, printLine } from '../terminal/line.ts';
import { renderWaterfall } from '../terminal/render-waterfall.ts';
import type { TerminalAbilities } from '../terminal/terminal-abilities.ts';
import type { CollectorClient } from './collector-client.ts';

export interface PrintTraceOptions {
  readonly abilities: TerminalAbilities;
  readonly maxRows: number;
  /** Whether to print one line for each trace. */
  readonly isBrief: boolean;
}

/** @returns The lines to print; an empty string if the trace was deleted meanwhile. */
export async function printTrace(
  client: CollectorClient,
  trace: TraceSummary,
  shownSpanCount: number,
  { abilities, maxRows, isBrief }: PrintTraceOptions,
): Promise<string> {
  const url = client.viewerUrl(trace.traceId);
  const outline = await client.outline(trace.traceId);
  const analysis = analyseTrace(outline);
  if (isBrief) return `${printLine(describe(trace, analysis, url, abilities.links), abilities)}\n`;
  const waterfall = renderWaterfall(outline, analysis, { ...abilities, url, maxRows });
  const grown = shownSpanCount > 0 ? `Grown from ${shownSpanCount} to ${outline.spanIds.length} spans:\n` : '';
  return `${grown}${waterfall}\n`;
}

function describe(
  { name, serviceName, durationMs, spanCount, errorCount, unfinishedCount }: TraceSummary,
  { repeats }: TraceAnalysis,
  url: string,
  links: boolean,
): Line {
  const repeat = repeats.find(({ isNPlusOne }) => isNPlusOne);
  return [
    { text: formatDuration(durationMs).padStart(8) },
    { text: `  ${toPrintable(serviceName)} ` },
    { text: toPrintable(name), style: 'bold', link: url },
    { text: `  ${countOf(spanCount, 'span')}`, style: 'dim' },
    { text: errorCount > 0 ? `, ${countOf(errorCount, 'error')}` : '', style: 'red' },
    { text: unfinishedCount > 0 ? `, ${unfinishedCount} unfinished` : '', style: 'boldYellow' },
    { text: repeat === undefined ? '' : `, N+1 ×${repeat.spans.length}`, style: 'boldYellow' },
    { text: links ? '' : `  ${url}`, style: 'dim' },
  ];
}
