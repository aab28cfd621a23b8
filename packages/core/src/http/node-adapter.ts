/** The facts about a request that has no framework. */
import type { IncomingMessage } from 'node:http';
import { version } from '../version.ts';
import { authorityOf, isEncrypted, urlOf } from './request-facts.ts';
import type { ServerAdapter } from './server-adapter.ts';

const routes = new WeakMap<IncomingMessage, string>();
// Written only for failed requests.
const errors = new WeakMap<IncomingMessage, { readonly error: unknown }>();

/** A plain server trusts no proxy: it has no setting for that. */
export const nodeAdapter: ServerAdapter<IncomingMessage> = {
  scope: { name: '@waymark/core/http', version },
  target: urlOf,
  scheme: (request) => (isEncrypted(request) ? 'https' : 'http'),
  host: authorityOf,
  clientAddress: () => undefined,
  route: (request) => routes.get(request),
  error: (request) => errors.get(request)?.error,
};

/** Notes what the handler of a request has thrown. */
export function noteError(request: IncomingMessage, error: unknown): void {
  errors.set(request, { error });
}

/**
 * Sets the route of a request of a plain server, for its span's name and `http.route`.
 *
 * @param route The pattern, not the path: `/users/:id`.
 */
export function setRoute(request: IncomingMessage, route: string): void {
  routes.set(request, route);
}
