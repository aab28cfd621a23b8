/**
 * Traces for the APIs that answer all that was found at once: as much as a budget allows. Each trace has its share of it, so that one
 * large trace does not take the place of the others; what small ones leave goes to those behind them.
 */
import type { FastifyReply } from 'fastify';
import type { Engine } from '../engine/start-engine.ts';
import type { TraceFormat } from '../engine/trace-texts.ts';

export interface ReadTraces {
  /** The JSON of each trace. */
  readonly texts: readonly string[];
  readonly spanCount: number;
  /** Of the traces in `texts`: spans that were left out, and how many traces they are of. */
  readonly leftOutSpans: number;
  readonly cutTraces: number;
  /** Those for which there was no room at all. */
  readonly leftOutTraces: readonly string[];
}

/** What viewers show without trouble. In bytes of JSON. */
export const searchBudget: TraceBudget = { maxSpans: 50_000, maxBytes: 32 * 2 ** 20 };

/** Of one trace that was asked for by its id. */
export const traceBudget: TraceBudget = { maxSpans: 100_000, maxBytes: 64 * 2 ** 20 };

export interface TraceBudget {
  readonly maxSpans: number;
  readonly maxBytes: number;
}

/** One after the other: of all at once, all would be in memory. Those that are not there are left out. */
export async function readTraces(
  { traceText }: Pick<Engine, 'traceText'>,
  traceIds: readonly string[],
  format: TraceFormat,
  { maxSpans, maxBytes }: TraceBudget,
): Promise<ReadTraces> {
  const texts: string[] = [];
  const leftOutTraces: string[] = [];
  let spanCount = 0;
  let bytes = 0;
  let leftOutSpans = 0;
  let cutTraces = 0;
  for (const [index, traceId] of traceIds.entries()) {
    const left = traceIds.length - index;
    const spansLeft = maxSpans - spanCount;
    const bytesLeft = maxBytes - bytes;
    if (spansLeft <= 0 || bytesLeft <= 0) {
      leftOutTraces.push(traceId);
      continue;
    }
    const trace = await traceText(traceId, format, {
      maxSpans: Math.ceil(spansLeft / left),
      maxBytes: Math.ceil(bytesLeft / left),
    });
    if (trace === undefined) continue;
    texts.push(trace.text);
    spanCount += trace.spanCount;
    bytes += trace.text.length;
    leftOutSpans += trace.leftOut;
    if (trace.leftOut > 0) cutTraces++;
  }
  return { texts, spanCount, leftOutSpans, cutTraces, leftOutTraces };
}

/** Sends JSON, with a header that says what was left out, where anything was. */
export function sendTraces(reply: FastifyReply, json: string, traces: ReadTraces): FastifyReply {
  const incomplete = explainIncomplete(traces);
  if (incomplete !== undefined) void reply.header('waymark-incomplete', incomplete);
  return reply.header('content-type', 'application/json; charset=utf-8').send(json);
}

function explainIncomplete({ leftOutSpans, cutTraces, leftOutTraces }: ReadTraces): string | undefined {
  const parts = [
    ...(cutTraces > 0 ? [`${count(leftOutSpans, 'span')} of ${count(cutTraces, 'trace')}`] : []),
    ...(leftOutTraces.length > 0 ? [count(leftOutTraces.length, 'trace')] : []),
  ];
  return parts.length === 0 ? undefined : `${parts.join(', and ')}, left out: the answer would be too large`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
