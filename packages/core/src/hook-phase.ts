/**
 * Where a span is with the hooks of its tracer. `starting` and `ending`: the hook runs. `dropping`: it runs, and has called `drop()`.
 * `started`: the start hook has seen the span's first attributes.
 */
export type HookPhase = 'starting' | 'started' | 'ending' | 'dropping' | 'dropped';
