// What tracing costs in bytes, listeners and contexts: what a clock would tell better on a machine of its own, and not at all on
// a busy one. The benchmarks have the clock.
import { type Counts, limits } from './limits.ts';
import { runCount } from './run-count.ts';

test.each(['fastify', 'express'] as const)(
  '%s: a request costs no more than its limits',
  async (framework) => {
    const counts = await runCount(framework);
    const exceeded = Object.entries(limits[framework]).filter(
      ([name, limit]) => !(counts[name as keyof Counts] <= limit),
    ); // its own keys
    expect({ exceeded, counts }).toEqual({ exceeded: [], counts });
    expect(counts.bytesPerSpan).toBeGreaterThan(100); // it did count
  },
  60_000,
);
