// What tracing may cost at the most, in things that can be counted on any machine. Raise a limit only with a reason in the commit.

/** What `count.ts` counts. What is per request is over the same service without tracing. */
export interface Counts {
  /** On the heap, for a sampled request of one span. Its bytes on the wire are not there. */
  readonly bytesPerRequest: number;
  /** The same at a sampler that keeps none. */
  readonly bytesPerUnsampledRequest: number;
  /** On the heap, for a span with 12 attributes that is started, ended and encoded. */
  readonly bytesPerSpan: number;
  /** For a span below one that is not sampled. */
  readonly bytesPerDroppedSpan: number;
  readonly listenersPerRequest: number;
  readonly contextRunsPerRequest: number;
  /** Instances of AsyncLocalStorage. */
  readonly contexts: number;
}

// Half as much again as the most that was counted on Node 20 to 26: versions differ in what they put on the heap.
const bytes = {
  bytesPerRequest: 6000,
  bytesPerUnsampledRequest: 4000,
  bytesPerSpan: 2200,
  bytesPerDroppedSpan: 16,
};

export const limits: Readonly<Record<'fastify' | 'express', Counts>> = {
  fastify: { ...bytes, listenersPerRequest: 0, contextRunsPerRequest: 1, contexts: 1 },
  // The request's 'end' comes from the socket, outside of the context.
  express: { ...bytes, listenersPerRequest: 0, contextRunsPerRequest: 2, contexts: 1 },
};
