/** GraphQL Yoga 5, and other servers on Envelop, by their plugins: for ES modules, whose engine cannot be replaced. */
import { contained } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import { tracedCaller } from '../caller.ts';
import { wrapExecute, wrapSubscribe } from './engine-functions.ts';
import { nowOf, recordRefusal } from './execution.ts';
import { isParsedDocument } from './operation-facts.ts';

/** A plugin of Envelop, for the option `plugins`. */
export interface YogaTracing {
  /** Returns what is called with a syntax error. */
  onParse(payload: {
    readonly params: { readonly source: unknown };
  }): ((end: { readonly result?: unknown }) => void) | undefined;
  /** Returns what is called with the errors of an invalid document. */
  onValidate(payload: {
    readonly params: { readonly documentAST: unknown };
  }): ((end: { readonly result?: unknown }) => void) | undefined;
  /** Puts a traced function in the place of the engine's. */
  onExecute(payload: {
    readonly executeFn: (...args: never[]) => unknown;
    setExecuteFn(fn: (...args: never[]) => unknown): void;
  }): undefined;
  /** Puts a traced function in the place of the engine's. */
  onSubscribe(payload: {
    readonly subscribeFn: (...args: never[]) => unknown;
    setSubscribeFn(fn: (...args: never[]) => unknown): void;
  }): undefined;
}

/**
 * Traces the operations of GraphQL Yoga 5, and of other servers on Envelop, where `tracing()` does not find their engine: in ES modules. It
 * does no harm elsewhere: an operation has one span.
 *
 * @returns A plugin.
 * @example
 * const yoga = createYoga({ schema, plugins: [yogaTracing()] });
 */
export function yogaTracing(): YogaTracing {
  return {
    onParse({ params }) {
      const startMs = now();
      if (startMs === undefined) return undefined;
      return contained(({ result }: { readonly result?: unknown }) => {
        const body = typeof params.source === 'string' ? params.source : readProperty(params.source, 'body');
        if (result instanceof Error && typeof body === 'string') recordRefusal(body, undefined, [result], startMs);
      });
    },
    onValidate({ params }) {
      const startMs = now();
      if (startMs === undefined) return undefined;
      return contained(({ result }: { readonly result?: unknown }) => {
        if (!Array.isArray(result) || result.length === 0 || !isParsedDocument(params.documentAST)) return;
        recordRefusal(params.documentAST, undefined, result, startMs);
      });
    },
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn(wrapExecute(executeFn));
      return undefined;
    },
    onSubscribe({ subscribeFn, setSubscribeFn }) {
      setSubscribeFn(wrapSubscribe(subscribeFn));
      return undefined;
    },
  };
}

const now = contained((): number | undefined => {
  const caller = tracedCaller('graphql');
  return caller === undefined ? undefined : nowOf(caller);
});
