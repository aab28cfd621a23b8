/** The instrumentation scope of server spans: the adapter's. */
import { type InstrumentationScope, ownScope, scopeOf } from '../instrumentation-scope.ts';
import { readOption } from '../read-option.ts';
import { readProperty } from '../read-property.ts';
import type { ServerAdapter } from './server-adapter.ts';

const httpScope = ownScope('@waymark/core/http');
const scopes = new WeakMap<object, InstrumentationScope>();

/** `@waymark/core/http` for an adapter without a scope, or whose scope has no name. Never throws. */
export function scopeOfAdapter(adapter: ServerAdapter<never>): InstrumentationScope {
  let scope = scopes.get(adapter);
  if (scope === undefined) {
    scope = readScope(adapter);
    scopes.set(adapter, scope);
  }
  return scope;
}

function readScope(adapter: ServerAdapter<never>): InstrumentationScope {
  try {
    const given = readOption(adapter, 'scope');
    const name = readProperty(given, 'name');
    const version = readProperty(given, 'version');
    if (typeof name === 'string' && name !== '')
      return scopeOf(name, typeof version === 'string' ? version : undefined);
  } catch {
    // An adapter of the application's with a getter that throws.
  }
  return httpScope;
}
