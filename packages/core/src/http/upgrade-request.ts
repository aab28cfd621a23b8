/** The server spans of requests that open a connection of another kind. */
import { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from '../context.ts';
import type { OpeningRequests } from '../opening-requests.ts';
import { setRoute } from './node-adapter.ts';
import { serverSpanKey } from './server-span-key.ts';
import type { TracedMessage } from './watch-events.ts';

/** @param begin Starts the server span of a request of Node; `undefined` if there is no `tracing()` for it. */
export function openingRequestsBy(
  begin: (raw: IncomingMessage, response: ServerResponse) => Context | undefined,
): OpeningRequests {
  return {
    begin(raw, response, route) {
      if (!(raw instanceof IncomingMessage)) return undefined;
      const begun = stateOf(raw)?.context;
      if (begun !== undefined) return begun;
      if (route !== undefined) setRoute(raw, route);
      return begin(raw, response instanceof ServerResponse ? response : new ServerResponse(raw));
    },
    contextOf: (raw) => stateOf(raw)?.context,
    routeOf: (raw) => stateOf(raw)?.route,
    endUpgraded: (raw) => stateOf(raw)?.finishUpgrade(101),
  };
}

function stateOf(raw: unknown): TracedMessage[typeof serverSpanKey] {
  return (raw as TracedMessage | null | undefined)?.[serverSpanKey]; // our own key
}
