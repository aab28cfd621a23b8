/**
 * Gives each read the client of its request, by an AsyncLocalStorage. A read is not started if its client has gone away, and its
 * answer counts as held until it has been sent.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { ReadCaller } from '../engine/read-queue.ts';

// A client that reads nothing for so long is disconnected, since others wait for the memory of its answer.
const maxStallMs = 60_000;

const clients = new AsyncLocalStorage<ReadCaller>();

/** The client of the current request. */
export function readingClient(): ReadCaller | undefined {
  return clients.getStore();
}

/** Must be called before the routes whose reads need it are added. */
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
