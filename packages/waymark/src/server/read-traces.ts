/**
 * Traces for APIs that answer a search in one response, within a budget. Each trace has its share, so that one large trace does not
 * displace the others. The unused part of a share goes to the traces after it.
 */
import type { FastifyReply } from 'fastify';
import type { Engine } from '../engine/start-engine.ts';
import type { TraceFormat } from '../engine/trace-json.ts';

export interface ReadTraces {
  /** The JSON of each trace. */
  readonly items: readonly string[];
  readonly spanCount: number;
  /** Spans left out of the traces in `items`, and how many traces they belong to. */
  readonly leftOutSpans: number;
  readonly cutTraces: number;
  /** The ids of traces that were left out as a whole. */
  readonly leftOutTraces: readonly string[];
}

/** As much as viewers can show. Bytes are those of the JSON. */
export const searchBudget: TraceBudget = { maxSpans: 50_000, maxBytes: 32 * 2 ** 20 };

/** For one trace that is requested by its id. */
export const traceBudget: TraceBudget = { maxSpans: 100_000, maxBytes: 64 * 2 ** 20 };

export interface TraceBudget {
  readonly maxSpans: number;
  readonly maxBytes: number;
}

/** Reads the traces one after the other, so that not all are in memory at once. Skips unknown traces. */
export async function readTraces(
  { traceJson }: Pick<Engine, 'traceJson'>,
  traceIds: readonly string[],
  format: TraceFormat,
  { maxSpans, maxBytes }: TraceBudget,
): Promise<ReadTraces> {
  const items: string[] = [];
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
    const trace = await traceJson(traceId, format, {
      maxSpans: Math.ceil(spansLeft / left),
      maxBytes: Math.ceil(bytesLeft / left),
    });
    if (trace === undefined) continue;
    items.push(trace.json);
    spanCount += trace.spanCount;
    bytes += trace.json.length;
    leftOutSpans += trace.leftOut;
    if (trace.leftOut > 0) cutTraces++;
  }
  return { items, spanCount, leftOutSpans, cutTraces, leftOutTraces };
}

/** Sends JSON. If anything was left out, a header reports it. */
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
  return parts.length === 0 ? undefined : `${parts.join(', and ')}, left out, because the answer would be too large`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
