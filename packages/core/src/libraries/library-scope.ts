/** The instrumentation scopes of the libraries' spans. */
import { type InstrumentationScope, ownScope } from '../instrumentation-scope.ts';
import type { LibraryName } from '../libraries-option.ts';

const scopes = new Map<LibraryName, InstrumentationScope>();
const scopeOfChannels = ownScope('@waymark/core/libraries');

/** `@waymark/core/libraries/pg`, and so on. @param library `undefined` for a channel that the application has named. */
export function scopeOfLibrary(library: LibraryName | undefined): InstrumentationScope {
  if (library === undefined) return scopeOfChannels;
  let scope = scopes.get(library);
  if (scope === undefined) {
    scope = ownScope(`@waymark/core/libraries/${library}`);
    scopes.set(library, scope);
  }
  return scope;
}
