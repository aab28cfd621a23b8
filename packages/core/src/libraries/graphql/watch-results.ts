/** Results that come in parts: of `@defer` and `@stream`, and the events of a subscription. */
import { countFault } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';

type Next = (this: unknown, ...args: unknown[]) => unknown;

/** An iterator whose methods can be replaced on the object itself. */
interface ResultIterator {
  next: Next;
  return?: Next;
  throw?: Next;
}

export function isResultIterator(value: unknown): value is ResultIterator & object {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof readProperty(value, 'next') === 'function' &&
    typeof readProperty(value, Symbol.asyncIterator) === 'function'
  );
}

/** Replaces a method of one iterator that the engine has just made. */
export function replaceMethod(
  iterator: ResultIterator,
  name: keyof ResultIterator,
  wrap: (original: Next) => Next,
): void {
  const original: unknown = readProperty(iterator, name);
  if (typeof original !== 'function' || !Object.isExtensible(iterator)) return;
  Object.defineProperty(iterator, name, {
    value: wrap(original as Next), // just checked
    writable: true,
    configurable: true,
    enumerable: Object.prototype.propertyIsEnumerable.call(iterator, name),
  });
}

/**
 * Follows the parts of a result until the last one.
 *
 * @param onPart Called with each part.
 * @param onEnd Called once, when the parts have ended, failed, or are no longer wanted.
 * @returns `false` if the result has no further parts.
 */
export function watchResults(
  result: unknown,
  onPart: (part: unknown) => void,
  onEnd: (error: unknown) => void,
): boolean {
  const parts = isResultIterator(result) ? result : readProperty(result, 'subsequentResults');
  if (!isResultIterator(parts)) return false;
  let hasEnded = false;

  function end(error: unknown): void {
    if (hasEnded) return;
    hasEnded = true;
    try {
      onEnd(error);
    } catch (fault) {
      countFault(fault);
    }
  }

  function take(turn: unknown): void {
    try {
      const value = readProperty(turn, 'value');
      if (value !== undefined && value !== null) onPart(value);
      const isLast = readProperty(turn, 'done') === true || readProperty(value, 'hasNext') === false;
      if (isLast) end(undefined);
    } catch (fault) {
      countFault(fault);
    }
  }

  replaceMethod(parts, 'next', (original) => {
    return function next(this: unknown, ...args) {
      const turn = original.apply(this, args);
      if (!(turn instanceof Promise)) return turn;
      // The promise that `then` returns, so that Node still reports a rejection that is not handled.
      return turn.then(
        (value) => {
          take(value);
          return value;
        },
        (error) => {
          end(error);
          throw error;
        },
      );
    };
  });
  for (const name of ['return', 'throw'] as const) {
    replaceMethod(parts, name, (original) => {
      return function close(this: unknown, ...args) {
        end(undefined);
        return original.apply(this, args);
      };
    });
  }
  return true;
}
