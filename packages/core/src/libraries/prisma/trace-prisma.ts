/**
 * Prisma, by the contract that it has for tracing: the client asks an object under a global name at each call. Nothing of it is wrapped.
 *
 * The name `PRISMA_INSTRUMENTATION` serves all majors: 5 reads this one only, 6 and 7 read it where there is none with their number.
 * So Prisma's own instrumentation replaces this one, if it comes later.
 */
import { currentContext } from '../../active-context.ts';
import { Context } from '../../context.ts';
import { contained } from '../../count-fault.ts';
import { invalidOption } from '../../errors.ts';
import { noteLibrary } from '../../found-libraries.ts';
import { optionsOf } from '../caller.ts';
import type { Trace } from '../trace.ts';
import { type EngineSpan, recordEngineSpans } from './engine-spans.ts';
import { keepCallers, keepCallersOfLoaded } from './joined-queries.ts';
import { type ChildSpan, runInSpan } from './operation-span.ts';
import { traceparentFor } from './traceparent.ts';

const markKey: unique symbol = Symbol.for('waymark.prisma.v1') as never;

/** What Prisma calls: the contract of `@prisma/instrumentation-contract`. */
interface TracingHelper {
  isEnabled(): boolean;
  getTraceParent(context?: unknown): string;
  getActiveContext(): unknown;
  runInChildSpan<Result>(options: string | ChildSpan, callback: () => Result): Result;
  /** Of 6 and 7; the last two arguments of 7. */
  dispatchEngineSpans(spans: readonly EngineSpan[], events?: readonly unknown[], emit?: (event: unknown) => void): void;
  /** Of 5. */
  createEngineSpan(event: { readonly spans?: readonly EngineSpan[] }): void;
}

interface Instrumentation {
  readonly helper: TracingHelper;
  readonly [markKey]?: true;
}

type Globals = Record<string, Instrumentation | undefined>;

const sharedName = 'PRISMA_INSTRUMENTATION';
const names = [sharedName, 'V5_PRISMA_INSTRUMENTATION', 'V6_PRISMA_INSTRUMENTATION', 'V7_PRISMA_INSTRUMENTATION'];

/**
 * Traces Prisma 5 to 7: all clients of the process, also those that exist already. `tracing()` does so by itself where `@prisma/client`
 * is loaded from `node_modules`; this function is for bundles, and for clients that are generated with their runtime into a folder
 * of the application. Prisma 5 needs `previewFeatures = ["tracing"]` in the generator of its schema, and so does 6.0.
 *
 * An operation has a span, such as `User.findMany`, and so has `$transaction`. The statements that it sends are below it, named for
 * their summary, with literals removed: the spans of the driver below an adapter are left out, since they would show the same again. An
 * operation that fails has the code of Prisma as its `error.type`, such as `P2002`, and the statement has the code of the database.
 *
 * Not traced: how Prisma compiles a query and loads its engine. Not recorded: arguments and values of parameters.
 *
 * If `@prisma/instrumentation` or another tracer has registered with Prisma before, that one stays.
 *
 * @param client A `PrismaClient`, or its class, if it is generated into a folder of the application: Prisma collects the `findUnique` calls
 *   of one tick, and only with the client is known whose each statement is.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @example
 * tracePrisma(PrismaClient);
 */
export function tracePrisma(client?: object): void {
  const tracedBy = registerWithPrisma();
  if (tracedBy === 'hook' && client !== undefined && !isKept(client)) {
    throw invalidOption('client', client, 'a PrismaClient, or its class', 'Write tracePrisma(PrismaClient).');
  }
  const problem = tracedBy === 'foreign' ? 'another instrumentation has registered with it' : undefined;
  noteLibrary({ name: 'prisma', version: undefined, tracedBy: tracedBy === 'foreign' ? undefined : tracedBy, problem });
}

/** May be called again. */
function registerWithPrisma(): 'hook' | 'foreign' {
  const globals = globalThis as unknown as Globals;
  const present = names.map((name) => globals[name]).filter((instrumentation) => instrumentation !== undefined);
  if (present.some((instrumentation) => instrumentation[markKey] !== true)) return 'foreign';
  if (present.length === 0) globals[sharedName] = { helper, [markKey]: true };
  return 'hook';
}

function isKept(client: unknown): boolean {
  return (typeof client === 'object' || typeof client === 'function') && client !== null && keepCallers(client);
}

export const tracePrismaPackage: Trace = () => {
  const tracedBy = registerWithPrisma();
  if (tracedBy === 'hook') keepCallersOfLoaded();
  return tracedBy;
};

const outside = new Context(undefined, undefined);

const helper: TracingHelper = {
  // Not only below a span: Prisma 6 asks once, when its engine is loaded.
  isEnabled: () => contained(() => optionsOf('prisma', currentContext() ?? outside) !== undefined)() === true,
  getTraceParent: (context) => traceparentFor(context),
  getActiveContext: () => currentContext(),
  runInChildSpan: (options, callback) => runInSpan(typeof options === 'string' ? { name: options } : options, callback),
  dispatchEngineSpans(spans, events = [], emit) {
    contained(recordEngineSpans)(spans);
    for (const event of events) emit?.(event); // the log of the application, which the client leaves to this function
  },
  createEngineSpan: ({ spans = [] }) => {
    contained(recordEngineSpans)(spans);
  },
};
