// The cost of tracing in bytes, listeners and contexts, which can be counted on a busy machine. The benchmarks measure time.
import { type Counts, limits } from './limits.ts';
import { runCount } from './run-count.ts';

test.each(['fastify', 'express'] as const)(
  '%s: a request costs no more than its limits',
  async (framework) => {
    const counts = await runCount(framework);
    const exceeded = Object.entries(limits[framework]).filter(
      ([name, limit]) => !(counts[name as keyof Counts] <= limit),
    ); // the keys of Counts
    expect({ exceeded, counts }).toEqual({ exceeded: [], counts });
    expect(counts.bytesPerSpan).toBeGreaterThan(100); // it was counted
  },
  180_000, // on a busy machine; a few seconds on a quiet one
);
