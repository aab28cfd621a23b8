/** The worker that fetches, parses and analyses traces: 200,000 spans would block the page for half a second. */
import { analyseTrace } from '../../../src/analysis/analyse-trace.ts';
import type { TraceOutline } from '../../../src/analysis/outline.ts';
import { buildComparison, type ComparisonModel } from '../compare/comparison-model.ts';
import { buildTraceModel, type TraceModel, transferables } from './trace-model.ts';

export interface TraceRequest {
  readonly id: number;
  /** What to build: the model of one outline, or the comparison of two. */
  readonly wants: 'model' | 'comparison';
  readonly url: string;
  readonly otherUrl?: string;
}

export type TraceReply = { readonly id: number } & (
  | { readonly model: TraceModel }
  | { readonly comparison: ComparisonModel }
  | { readonly status: number; readonly message: string }
);

addEventListener('message', ({ data }: MessageEvent<TraceRequest>) => {
  answer(data).catch((error: unknown) => {
    const status = error instanceof Refusal ? error.status : 0;
    const message = error instanceof Error ? error.message : String(error);
    reply({ id: data.id, status, message });
  });
});

async function answer({ id, wants, url, otherUrl }: TraceRequest): Promise<void> {
  const outline = await fetchJson<TraceOutline>(url);
  const model = buildTraceModel(outline, analyseTrace(outline));
  if (wants === 'model' || otherUrl === undefined) {
    reply({ id, model }, transferables(model));
    return;
  }
  const other = await fetchJson<TraceOutline>(otherUrl);
  const otherModel = buildTraceModel(other, analyseTrace(other));
  reply({ id, comparison: buildComparison(outline, model, other, otherModel) });
}

function reply(message: TraceReply, transfer: ArrayBuffer[] = []): void {
  postMessage(message, { transfer });
}

/** The collector's error message. */
class Refusal extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
  }
}

async function fetchJson<T>(url: string): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch {
    throw new Refusal('The collector does not answer. Is `npx waymark` still running?', 0);
  }
  if (response.ok) return (await response.json()) as T; // the collector that serves this page speaks its own types
  const body = (await response.json().catch(() => ({}))) as { message?: string };
  throw new Refusal(body.message ?? `The collector answered with status ${response.status}.`, response.status);
}
