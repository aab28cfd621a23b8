/** A middleware for tRPC. Its procedures are closures, which cannot be reached from outside. */
import { currentContext, withContext } from '../../active-context.ts';
import { countFault } from '../../count-fault.ts';
import { noteLibrary } from '../../found-libraries.ts';
import { failBy } from '../../passing-exceptions.ts';
import { readProperty } from '../../read-property.ts';
import { isWaymarkSpan } from '../../waymark-span.ts';
import { tracedCaller } from '../caller.ts';
import { followStream } from '../connect/followed-stream.ts';
import { Incoming } from '../incoming.ts';
import { Operation } from '../operation.ts';

/** What tRPC passes to a middleware, as far as it is used. */
export interface TrpcCall {
  /** The path of the procedure, such as `orders.byId`. */
  readonly path: string;
  /** `query`, `mutation` or `subscription`. */
  readonly type: string;
}

/** A middleware of tRPC, for `t.procedure.use()`. */
export type TrpcMiddleware = <Result>(call: TrpcCall & { next(): Promise<Result> }) => Promise<Result>;

/** The codes whose fault is the server's. The others are answers to what the client has asked for. */
const serverErrors: ReadonlySet<string> = new Set([
  'INTERNAL_SERVER_ERROR',
  'NOT_IMPLEMENTED',
  'BAD_GATEWAY',
  'SERVICE_UNAVAILABLE',
  'GATEWAY_TIMEOUT',
]);

/**
 * Traces the procedures of tRPC 10 and 11. Each call of a procedure has a span, so that a batch in one HTTP request shows all of its calls, and so
 * that nested calls show. A subscription by an async generator has a span until it ends. Without an active span, as for WebSockets, a call
 * starts a trace. Inputs and results are never recorded.
 *
 * @returns A middleware. Use it in the procedure that all others are made from.
 * @example
 * const t = initTRPC.create();
 * export const procedure = t.procedure.use(trpcTracing());
 */
export function trpcTracing(): TrpcMiddleware {
  noteLibrary({ name: 'trpc', version: undefined, tracedBy: 'hook' });
  return async function traced({ path, type, next }) {
    const span = beginContained(path, type);
    if (span === undefined) return next();
    let result: Awaited<ReturnType<typeof next>>;
    try {
      result = await span.enter(next);
    } catch (error) {
      span.fail(error);
      throw error;
    }
    return settle(result, span);
  };
}

/** The span of a call, of one of two kinds. */
interface ProcedureSpan {
  enter<Result>(fn: () => Result): Result;
  end(): void;
  fail(error: unknown): void;
}

function beginContained(path: string, type: string): ProcedureSpan | undefined {
  try {
    return begin(path, type);
  } catch (error) {
    countFault(error);
    return undefined;
  }
}

function begin(path: string, type: string): ProcedureSpan | undefined {
  const attributes = ['rpc.system.name', 'trpc', 'rpc.method', path, 'trpc.type', type];
  if (!isWaymarkSpan(currentContext()?.span)) {
    const incoming = Incoming.begin({ library: 'trpc', name: path, kind: 'server', attributes, senders: [] });
    if (incoming === undefined) return undefined;
    return {
      enter: (fn) => incoming.enter(fn),
      end: () => incoming.end(),
      fail: (error) => {
        contained(() => recordError(incoming.isRecording ? incoming.context.span : undefined, error));
        incoming.end();
      },
    };
  }
  const caller = tracedCaller('trpc');
  const operation = caller && Operation.begin(caller, { library: 'trpc', name: path, kind: 'internal', attributes });
  if (operation === undefined) return undefined;
  return {
    enter: (fn) => withContext(operation.context(), fn),
    end: () => operation.end(),
    fail: (error) => {
      contained(() => recordError(operation.recording, error));
      operation.end();
    },
  };
}

function contained(fn: () => void): void {
  try {
    fn();
  } catch (error) {
    countFault(error);
  }
}

/** tRPC reports an error in the result. */
function settle<Result>(result: Result, span: ProcedureSpan): Result {
  if (readProperty(result, 'ok') === false) {
    span.fail(readProperty(result, 'error'));
    return result;
  }
  const data = readProperty(result, 'data');
  if (typeof readProperty(data, Symbol.asyncIterator) !== 'function') {
    span.end();
    return result;
  }
  const enter = <Value>(fn: () => Value): Value => span.enter(fn);
  return { ...result, data: followStream(data as AsyncIterable<unknown>, span, enter) }; // just checked
}

function recordError(span: Parameters<typeof failBy>[0] | undefined, error: unknown): void {
  if (span === undefined) return;
  const code = readProperty(error, 'code');
  const name = typeof code === 'string' ? code : 'INTERNAL_SERVER_ERROR';
  span.setAttribute('rpc.response.status_code', name);
  if (!serverErrors.has(name)) return;
  failBy(span, readProperty(error, 'cause') ?? error, undefined);
  span.setAttribute('error.type', name);
}
