/** Keeps V8 from forgetting the shape of the objects that `process.nextTick()` makes, of which each request takes several. */
import { executionAsyncResource } from 'node:async_hooks';
import { nextTick } from 'node:process';

let kept: object | undefined;

/**
 * Holds one such object for as long as the process lives.
 *
 * Node makes them by a literal with computed keys. If a full garbage collection comes while none is alive, their hidden classes
 * are gone, and V8 takes those that it makes afterwards for a second kind: from then on it defines each key by a call into C++, in
 * compiled code also, some 4 µs for each request of a plain route. It is a matter of luck to most services; what a tracer takes
 * to load is often what brings the first collection about, before the first request, and then all of it looks like the cost
 * of tracing. One object that stays spares both. (Node 24, a request that is not sampled, each time in turns with the service that
 * is not traced: 4.0 µs added without it, 1.2 to 2.0 with it.)
 */
export function keepTickShape(): void {
  if (kept !== undefined) return;
  nextTick(() => {
    const tick = executionAsyncResource();
    if (isWithoutContext(tick)) kept ??= tick;
  });
}

/** Whether it holds nothing of the host's: it has the contexts that it was made in. The next tracer tries again. */
function isWithoutContext(tick: object): boolean {
  return Object.getOwnPropertySymbols(tick).every((key) => typeof Reflect.get(tick, key) !== 'object');
}
