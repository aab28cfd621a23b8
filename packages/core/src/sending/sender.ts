/** How the send queue reaches its receiver: by requests in the background, and by blocking requests when the process ends. */

import type { LastWait } from '../exporter.ts';
import type { BatchSettings } from './batch-options.ts';
import type { Delivery } from './delivery.ts';
import type { HttpPost, PostResult } from './http-post.ts';

export interface Sender {
  /** Sends a body once. */
  send(body: readonly Buffer[], spanCount: number): Promise<Delivery>;
  /** Sends batches and blocks the thread until they are answered. `undefined` for a batch that is not answered in time. Never throws. */
  sendAndWait(batches: readonly Batch[], limits: LastWait): readonly (Delivery | undefined)[];
  /** Whether the operating system has the whole body, so that it arrives even if the process ends. */
  isFullySent(body: readonly Buffer[]): boolean;
  /** Aborts the requests under way. */
  abort(): void;
  /** Closes idle sockets. */
  close(): void;
}

export interface Batch {
  readonly body: readonly Buffer[];
  readonly spanCount: number;
}

/** @param toDelivery Reads from an answer, by the format, what became of a batch. */
export function createSender(
  { post, postAndWait, isFullySent, abort, close }: HttpPost,
  { maxRequests }: BatchSettings,
  toDelivery: (result: PostResult, spanCount: number) => Delivery,
): Sender {
  return {
    send: async (body, spanCount) => toDelivery(await post(body), spanCount),
    sendAndWait(batches, limits) {
      const bodies = batches.map(({ body }) => body);
      const results = postAndWait(bodies, { maxRequests, ...limits });
      return batches.map(({ spanCount }, index) => {
        const result = results[index];
        return result && toDelivery(result, spanCount);
      });
    },
    isFullySent,
    abort,
    close,
  };
}
