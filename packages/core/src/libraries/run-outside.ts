/** Methods that start what goes on for long: connections, loops that wait for jobs or events, timers. */
import { bind, currentContext, runOutsideContext } from '../active-context.ts';
import { wrapOnce } from './wrap-once.ts';

/**
 * Lets a method run outside any context, so that what it starts is not below the call that happened to start it, and keeps no request in
 * memory. Functions that are passed to it run in the context of their caller.
 */
export function runOutside(owner: object, name: string): void {
  wrapOnce(
    owner as Record<string, unknown>,
    name,
    (original) =>
      function outside(this: unknown, ...args: unknown[]) {
        if (currentContext() === undefined) return original.apply(this, args);
        const bound = args.map((arg) => (typeof arg === 'function' ? bind(arg as () => unknown) : arg));
        let result: unknown;
        runOutsideContext(() => {
          result = original.apply(this, bound);
        });
        return result;
      },
  );
}
