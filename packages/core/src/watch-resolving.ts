/** Reports the modules that `import` and `require()` resolve, on Node 22.15 and later. It changes none of them. */
import Module from 'node:module';
import { contained } from './count-fault.ts';

interface RegisterHooks {
  registerHooks?(hooks: {
    resolve(
      specifier: string,
      context: unknown,
      nextResolve: (specifier: string, context: unknown) => { readonly url: string },
    ): { readonly url: string };
  }): { deregister?(): void } | undefined;
}

/** @returns What stops it; `undefined` if this runtime cannot report what it resolves. */
export function watchResolving(onResolved: (url: string) => void): (() => void) | undefined {
  const { registerHooks } = Module as RegisterHooks;
  if (typeof registerHooks !== 'function') return undefined;
  const report = contained(onResolved);
  try {
    const hooks = registerHooks.call(Module, {
      resolve(specifier, context, nextResolve) {
        const resolved = nextResolve(specifier, context);
        report(resolved.url);
        return resolved;
      },
    });
    return () => hooks?.deregister?.();
  } catch {
    return undefined; // another runtime, which has the name only
  }
}
