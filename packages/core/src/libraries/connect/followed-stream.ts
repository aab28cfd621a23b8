/** A stream of messages that reports its end. */

interface Ends {
  /** Called once: the stream was read to its end, or its reader has stopped. */
  end(): void;
  fail(error: unknown): void;
}

/**
 * @param enter Runs each step of the stream. The body of a generator runs in it.
 */
export function followStream(
  stream: AsyncIterable<unknown>,
  { end, fail }: Ends,
  enter: <Result>(fn: () => Result) => Result,
): AsyncIterable<unknown> {
  return {
    [Symbol.asyncIterator](): AsyncIterator<unknown> {
      const iterator = stream[Symbol.asyncIterator]();
      async function step(call: () => Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> {
        try {
          const result = await enter(call);
          if (result.done === true) end();
          return result;
        } catch (error) {
          fail(error);
          throw error;
        }
      }
      return {
        next: (...args) => step(() => iterator.next(...args)),
        ...(iterator.return && {
          return: (value) => step(() => iterator.return?.(value) as Promise<IteratorResult<unknown>>),
        }), // just checked
        ...(iterator.throw && {
          throw: (error) => step(() => iterator.throw?.(error) as Promise<IteratorResult<unknown>>),
        }), // just checked
      };
    },
  };
}
