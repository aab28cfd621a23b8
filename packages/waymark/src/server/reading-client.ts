/**
 * The client that an answer is for, known to each read that its request makes, through whatever functions that happens: a read of a
 * client that has gone away is not begun, and its answer counts as held until it has been sent.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { ReadCaller } from '../engine/read-queue.ts';

// A client that fetches nothing for so long is cut off: others wait for the room that its answer takes.
const maxStallMs = 60_000;

const clients = new AsyncLocalStorage<ReadCaller>();

/** The client of the request that is being answered. */
export function readingClient(): ReadCaller | undefined {
  return clients.getStore();
}

/** Before the routes whose reads it is about. */
export function addReadingClients(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => clients.run(clientOf(reply.raw), done));
  app.addHook('onSend', (_request, { raw }, payload, done) => {
    raw.setTimeout(maxStallMs, () => raw.destroy());
    done(null, payload);
  });
}

function clientOf(response: ServerResponse): ReadCaller {
  let listeners: (() => void)[] | undefined;
  return {
    get hasEnded() {
      return response.closed || response.destroyed;
    },
    onEnd(listener) {
      if (listeners === undefined) {
        const added: (() => void)[] = [];
        listeners = added;
        response.once('close', () => {
          for (const one of added) one();
        });
      }
      listeners.push(listener);
    },
  };
}
