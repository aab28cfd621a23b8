/**
 * GraphQL 17 and later, by its channels.
 *
 * @see https://www.graphql-js.org/docs/tracing-channels/
 */
import type { Context } from '../../context.ts';
import { readProperty } from '../../read-property.ts';
import { tracedCaller } from '../caller.ts';
import { subscribeChannel } from '../channel-subscriber.ts';
import { beginExecution, currentExecution, type Execution, nowOf, recordRefusal } from './execution.ts';
import { isParsedDocument } from './operation-facts.ts';
import { ResolverCall } from './resolver-call.ts';
import { beginEvent, isStream, traceEvents } from './subscription.ts';

interface OperationMessage {
  readonly document?: unknown;
  readonly operationName?: unknown;
  readonly result?: unknown;
}

interface ResolveMessage {
  readonly fieldName: string;
  readonly parentType: string;
  /** A getter that makes it. */
  readonly fieldPath: string;
  readonly result?: unknown;
}

/** An execution whose end is the end of its result, which may come in parts. */
class ChannelExecution {
  readonly execution: Execution;

  constructor(execution: Execution) {
    this.execution = execution;
  }

  context(): Context {
    return this.execution.context();
  }

  fail(error: unknown): void {
    this.execution.fail(error);
  }

  end(): void {} // by the result
}

/** A document that is parsed or validated. It has a span only if it is refused. */
class Check {
  readonly startMs: number;
  private readonly caller: Context;

  constructor(startMs: number, caller: Context) {
    this.startMs = startMs;
    this.caller = caller;
  }

  context(): Context {
    return this.caller;
  }

  fail(): void {}

  end(): void {}
}

let isSubscribed = false;

/** Subscribes to the channels. They are the same for all copies of GraphQL. May be called again. */
export function subscribeGraphql(): void {
  if (isSubscribed) return;
  isSubscribed = true;
  subscribeChannel<OperationMessage, ChannelExecution>('graphql:execute', {
    nests: true,
    start: beginOperation,
    succeed: ({ execution }, { result }) => execution.finish(result),
  });
  subscribeChannel<OperationMessage, ChannelExecution>('graphql:subscribe', {
    nests: true,
    start: beginOperation,
    succeed({ execution }, { document, result }) {
      if (isParsedDocument(document)) traceEvents(result, execution, document);
      execution.finish(isStream(result) ? undefined : result);
    },
  });
  subscribeChannel('graphql:execute:rootSelectionSet', {
    nests: false,
    start() {
      beginEvent();
      return undefined;
    },
  });
  subscribeChannel<ResolveMessage, ResolverCall>('graphql:resolve', {
    nests: true,
    start(message) {
      const execution = currentExecution(undefined);
      if (execution === undefined || execution.maxResolvers === 0) return undefined;
      return new ResolverCall(execution, message.parentType, message.fieldName, message);
    },
    succeed: (call, { result }) => void call.finish(result),
    goOn: (call) => call.awaitResult(),
  });
  subscribeChannel<{ readonly source?: unknown }, Check>('graphql:parse', {
    nests: false,
    start: beginCheck,
    fail({ startMs }, error, { source }) {
      const body = typeof source === 'string' ? source : readProperty(source, 'body');
      if (typeof body === 'string') recordRefusal(body, undefined, [error], startMs);
    },
  });
  subscribeChannel<OperationMessage, Check>('graphql:validate', {
    nests: false,
    start: beginCheck,
    succeed({ startMs }, { document, result }) {
      if (!Array.isArray(result) || result.length === 0 || !isParsedDocument(document)) return;
      recordRefusal(document, undefined, result, startMs);
    },
  });
}

function beginOperation({ document, operationName }: OperationMessage): ChannelExecution | undefined {
  if (!isParsedDocument(document)) return undefined;
  const execution = beginExecution(document, operationName, undefined);
  return execution === undefined ? undefined : new ChannelExecution(execution);
}

function beginCheck(): Check | undefined {
  const caller = tracedCaller('graphql');
  const startMs = caller === undefined ? undefined : nowOf(caller);
  return caller === undefined || startMs === undefined ? undefined : new Check(startMs, caller);
}
