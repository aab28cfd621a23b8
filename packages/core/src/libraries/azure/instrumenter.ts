/**
 * Waymark as the tracer of the Azure SDK, by its official contract. The SDK says where its operations begin and end, and where messages of
 * Service Bus and Event Hubs are sent and processed.
 */
import { withContext } from '../../active-context.ts';
import { type Context, isContext } from '../../context.ts';
import { contained, countFault } from '../../count-fault.ts';
import type { Link } from '../../span.ts';
import type { SpanKind } from '../../span-kind.ts';
import { isWaymarkSpan } from '../../waymark-span.ts';
import { tracedCaller } from '../caller.ts';
import { readContext, writeContext } from '../carried-context.ts';
import { Incoming } from '../incoming.ts';
import { Operation } from '../operation.ts';
import { attributesOf, azureSpan } from './azure-span.ts';
import type { Instrumenter, SpanOptions, TracingContext } from './azure-types.ts';

const contextKey: unique symbol = Symbol.for('waymark.azure-context.v1') as never;

/** The packages whose spans show HTTP requests. These are traced where they are sent, with their headers. */
const httpPackages = new Set(['@azure/core-rest-pipeline', '@azure/core-http', '@typespec/ts-http-runtime']);

const kinds = new Set<unknown>(['internal', 'client', 'server', 'producer', 'consumer']);

export const instrumenter: Instrumenter = {
  startSpan(name, options) {
    const given = options.tracingContext;
    const parent = contextIn(given);
    let work: Operation | Incoming | undefined;
    try {
      work = start(name, options, parent);
    } catch (error) {
      countFault(error);
    }
    const context = work instanceof Operation ? work.context() : (work?.context ?? parent);
    return { span: azureSpan(work), tracingContext: (given ?? empty).setValue(contextKey, context) };
  },

  withContext(tracingContext, fn, ...args) {
    const context = contextIn(tracingContext);
    return context === undefined ? fn(...args) : withContext(context, () => fn(...args));
  },

  parseTraceparentHeader: contained((header: string) => {
    const context = readContext({ traceparent: header });
    return context === undefined ? undefined : empty.setValue(contextKey, context);
  }),

  createRequestHeaders(tracingContext) {
    const headers: Record<string, string> = {};
    const context = contextIn(tracingContext);
    if (context !== undefined) writeContext(context, headers);
    return headers;
  },
};

function start(name: string, options: SpanOptions, parent: Context | undefined): Operation | Incoming | undefined {
  const { packageName = '', spanKind, spanAttributes } = options;
  if (httpPackages.has(packageName)) return undefined;
  const senders = (options.spanLinks ?? []).map(({ tracingContext }) => contextIn(tracingContext));
  const operation = spanAttributes?.['messaging.operation'] ?? spanAttributes?.['messaging.operation.type'];
  const attributes = attributesOf(spanAttributes);
  if (spanKind === 'consumer' && operation !== 'receive') {
    return Incoming.begin({
      library: 'azure',
      name,
      kind: 'consumer',
      attributes,
      senders,
      linksOnly: senders.length > 1,
    });
  }
  const caller = parent === undefined ? tracedCaller('azure') : withContext(parent, () => tracedCaller('azure'));
  if (caller === undefined) return undefined;
  // To receive is a call of the application, which processes the messages afterwards.
  const kind = operation === 'receive' ? 'client' : kinds.has(spanKind) ? (spanKind as SpanKind) : 'internal'; // in the set
  const links = senders.flatMap((sender): Link[] =>
    isWaymarkSpan(sender?.span) ? [{ context: sender.span.spanContext() }] : [],
  );
  return Operation.begin(caller, { library: 'azure', name, kind, attributes, links });
}

function contextIn(tracingContext: TracingContext | undefined): Context | undefined {
  try {
    const context = tracingContext?.getValue(contextKey);
    return isContext(context) ? context : undefined;
  } catch (error) {
    countFault(error);
    return undefined;
  }
}

/** The SDK adds values to a context by these methods, and asks for them. */
class Values implements TracingContext {
  private readonly values: ReadonlyMap<symbol, unknown>;

  constructor(values: ReadonlyMap<symbol, unknown>) {
    this.values = values;
  }

  getValue(key: symbol): unknown {
    return this.values.get(key);
  }

  setValue(key: symbol, value: unknown): TracingContext {
    return new Values(new Map([...this.values, [key, value]]));
  }

  deleteValue(key: symbol): TracingContext {
    return new Values(new Map([...this.values].filter(([one]) => one !== key)));
  }
}

const empty: TracingContext = new Values(new Map());
