/** Where a command goes: known when the endpoint is, after the span's start. */
import { currentContext } from '../../active-context.ts';
import { contained } from '../../count-fault.ts';
import { isWaymarkSpan } from '../../waymark-span.ts';
import { scopeOfLibrary } from '../library-scope.ts';
import type { Middleware } from './sdk-types.ts';

/** In the step `build`, which is once for all attempts. */
export const addressMiddleware: Middleware = (next) => (args) => {
  noteAddress(args.request);
  return next(args);
};

const noteAddress = contained((request: unknown): void => {
  const span = currentContext()?.span;
  if (!isWaymarkSpan(span) || span.mode !== undefined || span.scope !== scopeOfLibrary('aws-sdk')) return;
  const { hostname, port, protocol } = (request ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof hostname !== 'string') return;
  span.setAttribute('server.address', hostname);
  span.setAttribute('server.port', typeof port === 'number' ? port : protocol === 'http:' ? 80 : 443);
});
