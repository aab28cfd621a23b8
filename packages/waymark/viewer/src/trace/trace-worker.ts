/** Fetches a trace, reads and analyses it, away from the page: 200,000 spans are half a second of work. */

import { analyseTrace } from '../../../src/analysis/analyse-trace.ts';
import type { TraceOutline } from '../../../src/analysis/outline.ts';
import type { TraceDocument } from '../../../src/api/types.ts';
import { listSharedKeys, type SharedKey } from '../../../src/share/redaction.ts';
import { buildTraceModel, type TraceModel, transferables } from './trace-model.ts';

export interface TraceRequest {
  readonly id: number;
  /** An outline to draw, or whole spans of which to list the keys. */
  readonly wants: 'model' | 'keys';
  readonly url: string;
}

export type TraceReply =
  | { readonly id: number; readonly model: TraceModel }
  | { readonly id: number; readonly keys: readonly SharedKey[] }
  | { readonly id: number; readonly status: number; readonly message: string };

addEventListener('message', ({ data }: MessageEvent<TraceRequest>) => {
  answer(data).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    postMessage({ id: data.id, status: 0, message } satisfies TraceReply);
  });
});

async function answer({ id, wants, url }: TraceRequest): Promise<void> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch {
    postMessage({ id, status: 0, message: 'The collector does not answer. Is `npx waymark` still running?' });
    return;
  }
  if (!response.ok) {
    const body = (await response.json().catch(() => ({}))) as { message?: string };
    const message = body.message ?? `The collector answered ${response.status}.`;
    postMessage({ id, status: response.status, message } satisfies TraceReply);
    return;
  }
  if (wants === 'keys') {
    const { spans } = (await response.json()) as TraceDocument; // as below
    postMessage({ id, keys: listSharedKeys(spans) } satisfies TraceReply);
    return;
  }
  const outline = (await response.json()) as TraceOutline; // the collector that serves this page speaks its own types
  const model = buildTraceModel(outline, analyseTrace(outline));
  postMessage({ id, model } satisfies TraceReply, { transfer: transferables(model) });
}
