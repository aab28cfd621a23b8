/**
 * Apollo Server 4 and 5 as ES modules, which take `execute` from GraphQL 16 before it can be replaced: by a plugin. As CommonJS, they
 * call the functions that trace-graphql.ts replaces.
 */
import { contained } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import { tracedCaller } from '../caller.ts';
import type { Trace } from '../trace.ts';
import { wrapOnce } from '../wrap-once.ts';
import { beginExecution, nowOf, recordRefusal } from './execution.ts';
import { isParsedDocument } from './operation-facts.ts';
import { traceSchema } from './trace-schema.ts';

/** A plugin of Apollo Server, for its option `plugins`. */
export interface ApolloTracing {
  /** Called by Apollo Server for each operation. */
  requestDidStart(): Promise<ApolloRequestListener>;
}

/** The hooks of one operation, which Apollo Server calls. */
export interface ApolloRequestListener {
  /** Returns what is called with a syntax error. */
  parsingDidStart(request: object): Promise<((error?: unknown) => Promise<void>) | undefined>;
  /** Returns what is called with the errors of an invalid document. */
  validationDidStart(request: object): Promise<((errors?: unknown) => Promise<void>) | undefined>;
  /** Begins the span. It ends in `executionDidEnd`. */
  executionDidStart(request: object): Promise<{ executionDidEnd(error?: unknown): Promise<void> } | undefined>;
  /** Keeps the errors of the response for the span. */
  didEncounterErrors(request: object): Promise<void>;
}

/** What Apollo passes to the hooks: the part that is used here. */
interface RequestContext {
  readonly source?: unknown;
  readonly document?: unknown;
  readonly schema?: unknown;
  readonly contextValue?: unknown;
  readonly operationName?: unknown;
  readonly request?: { readonly operationName?: unknown };
  readonly errors?: unknown;
}

/**
 * Traces the operations of an Apollo Server that is an ES module, with GraphQL 16, where it is not found: on Node before 22.15, and if it
 * was loaded before `tracing()`. It does no harm elsewhere: an operation has one span.
 *
 * @returns A plugin.
 * @example
 * const server = new ApolloServer({ typeDefs, resolvers, plugins: [apolloTracing()] });
 */
export function apolloTracing(): ApolloTracing {
  return { requestDidStart: async () => createListener() };
}

function createListener(): ApolloRequestListener {
  let errors: readonly unknown[] | undefined;
  return {
    async parsingDidStart(request) {
      const startMs = now();
      if (startMs === undefined) return undefined;
      return async (error) => {
        if (error !== undefined) refuse((request as RequestContext).source, request, [error], startMs);
      };
    },
    async validationDidStart(request) {
      const startMs = now();
      if (startMs === undefined) return undefined;
      return async (found) => {
        if (Array.isArray(found) && found.length > 0) {
          refuse((request as RequestContext).document, request, found, startMs);
        }
      };
    },
    async executionDidStart(request) {
      const execution = begin(request);
      if (execution === undefined) return undefined;
      return {
        async executionDidEnd(error) {
          if (error !== undefined) execution.fail(error);
          else execution.finish({ errors });
        },
      };
    },
    // Before the end of the execution, with the errors of resolvers.
    async didEncounterErrors(request) {
      const found = readProperty(request, 'errors');
      if (Array.isArray(found)) errors = found;
    },
  };
}

const now = contained((): number | undefined => {
  const caller = tracedCaller('graphql');
  return caller === undefined ? undefined : nowOf(caller);
});

const refuse = contained((document: unknown, request: object, errors: readonly unknown[], startMs: number) => {
  if (typeof document !== 'string' && !isParsedDocument(document)) return;
  recordRefusal(document, (request as RequestContext).request?.operationName, errors, startMs);
});

const begin = contained((given: object) => {
  const { document, schema, contextValue, request } = given as RequestContext;
  if (!isParsedDocument(document)) return undefined;
  const execution = beginExecution(document, request?.operationName, contextValue);
  if (execution === undefined) return undefined;
  // `execute` runs in the context of the request: resolvers find the execution by their context value, which is its own.
  execution.claim(contextValue);
  traceSchema(schema);
  return execution;
});

/** The parts of `ApolloServer` that are used here. */
interface ApolloServer {
  readonly internals?: { readonly plugins?: unknown[] };
  executeOperation(...args: unknown[]): unknown;
  executeHTTPGraphQLRequest(...args: unknown[]): unknown;
}

const servers = new WeakSet<ApolloServer>();

/** @param moduleExports Of `@apollo/server` as an ES module. */
export const traceApollo: Trace = (moduleExports) => {
  const prototype = readProperty(readProperty(moduleExports, 'ApolloServer'), 'prototype');
  if (typeof readProperty(prototype, 'executeHTTPGraphQLRequest') !== 'function') return undefined;
  for (const name of ['executeOperation', 'executeHTTPGraphQLRequest'] as const) {
    wrapOnce(prototype as ApolloServer, name, (original) => {
      return function execute(this: ApolloServer, ...args: unknown[]) {
        addPlugin(this);
        return original.apply(this, args);
      };
    });
  }
  return 'hook';
};

/** Also to a server that has started: it asks the list at each request. */
const addPlugin = contained((server: ApolloServer) => {
  if (servers.has(server)) return;
  servers.add(server);
  server.internals?.plugins?.push(apolloTracing());
});
