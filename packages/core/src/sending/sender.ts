/** How the send queue reaches its receiver: by requests in the background, and by last ones that the process waits for. */

import type { LastWait } from '../exporter.ts';
import type { BatchSettings } from './batch-options.ts';
import type { Delivery } from './delivery.ts';
import type { HttpPost, PostResult } from './http-post.ts';

export interface Sender {
  /** Sends a body once, and says what came of it. */
  send(body: readonly Buffer[], spanCount: number): Promise<Delivery>;
  /** Sends batches and holds the thread until they are answered. `undefined` for those that were not, in time. Never throws. */
  sendAndWait(batches: readonly Batch[], limits: LastWait): readonly (Delivery | undefined)[];
  /** Whether a body that is being sent arrives even if the process ends. */
  isHandedOver(body: readonly Buffer[]): boolean;
  /** Ends the requests under way. */
  abort(): void;
  /** Lets go of sockets. */
  close(): void;
}

export interface Batch {
  readonly body: readonly Buffer[];
  readonly spanCount: number;
}

/** @param toDelivery What an answer says of a batch, by the format. */
export function createSender(
  { post, postAndWait, isHandedOver, abort, close }: HttpPost,
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
    isHandedOver,
    abort,
    close,
  };
}
