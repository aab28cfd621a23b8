/** The copies of `@opentelemetry/api` that tests bridge. */
import * as api110 from '@opentelemetry/api';
import * as api19 from 'opentelemetry-api-1.9';

/** The type is that of the newer one. The older one lacks some of its functions, such as `context.attach()`. */
export const apis: readonly [version: string, api: typeof api110][] = [
  ['1.10', api110],
  ['1.9', api19 as unknown as typeof api110],
];

/** Makes the API as it is in a new process: a registry keeps the version of the copy that made it. */
export function resetRegistry(): void {
  for (const [, api] of apis) {
    api.trace.disable();
    api.context.disable();
    api.propagation.disable();
    api.diag.disable();
  }
  Reflect.deleteProperty(globalThis, Symbol.for('opentelemetry.js.api.1'));
}

/** A value that throws at whatever is done with it. */
export function revokedProxy(): never {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy as never;
}
