// The limits for the cost of tracing, in figures that can be counted on any machine. Raise a limit only with a reason in the commit.

/** The figures of `count.ts`. Those per request are the difference to the same service without tracing. */
export interface Counts {
  /** On the heap, for a sampled request of one span, without its bytes on the wire. */
  readonly bytesPerRequest: number;
  /** The same with a sampler that keeps no trace. */
  readonly bytesPerUnsampledRequest: number;
  /** On the heap, for a span with 12 attributes that is started, ended and encoded. */
  readonly bytesPerSpan: number;
  /** For a child of a span that is not sampled. */
  readonly bytesPerDroppedSpan: number;
  readonly listenersPerRequest: number;
  readonly contextRunsPerRequest: number;
  /** Instances of AsyncLocalStorage. */
  readonly contexts: number;
}

// One and a half times the largest count on Node 20 to 26: versions differ in what they allocate.
const bytes = {
  bytesPerRequest: 6000,
  bytesPerUnsampledRequest: 4000,
  bytesPerSpan: 2200,
  bytesPerDroppedSpan: 16,
};

export const limits: Readonly<Record<'fastify' | 'express', Counts>> = {
  fastify: { ...bytes, listenersPerRequest: 0, contextRunsPerRequest: 1, contexts: 1 },
  // The request's 'end' event comes from the socket, outside the context.
  express: { ...bytes, listenersPerRequest: 0, contextRunsPerRequest: 2, contexts: 1 },
};
