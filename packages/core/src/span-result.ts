/**
 * What `withSpan()` returns: of a function that returns a promise, or a query that starts when it is awaited (knex, Mongoose, Prisma,
 * Drizzle), a promise of the value; otherwise what the function returns.
 */
export type SpanResult<Result> =
  Result extends PromiseLike<infer Value>
    ? Promise<Value>
    : Result extends { then(...callbacks: never[]): unknown }
      ? Promise<Awaited<Result>>
      : Result;
