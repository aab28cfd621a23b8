/** Spans for a channel that Waymark does not know: the application says what its messages mean. */
import type { Attributes } from '../attribute-value.ts';
import { collectAttributes } from '../attributes.ts';
import { noValueLimits } from '../copy-attribute-value.ts';
import { invalidOption } from '../errors.ts';
import { knownTracer } from '../internal-tracer.ts';
import { readOption } from '../read-option.ts';
import { isPlainObject } from '../settings/forms.ts';
import { unknownOption } from '../settings/unknown-option.ts';
import { type SpanKind, toSpanKind } from '../span-kind.ts';
import { toText } from '../to-text.ts';
import { isWaymarkSpan } from '../waymark-span.ts';
import { tracedCallerOfAny } from './caller.ts';
import { subscribeChannel } from './channel-subscriber.ts';
import { Operation } from './operation.ts';

/** What a message means. */
export interface ChannelSpan {
  /** The name of the span: a few words that many operations share. */
  readonly name: string;
  /** Default `client`. */
  readonly kind?: SpanKind | undefined;
  /** Leave out what is secret: it is recorded as it is. Default: none. */
  readonly attributes?: Attributes | undefined;
}

/** Options of {@link traceChannel}. */
export interface TraceChannelOptions {
  /** Whether spans that start inside the operation are its children. `false`: its siblings. Default `true`. */
  readonly nests?: boolean | undefined;
  /** Whether an operation outside any span is left out. `false`: it starts a trace. Default `true`. */
  readonly requireParentSpan?: boolean | undefined;
}

const optionNames: readonly (keyof TraceChannelOptions)[] = ['nests', 'requireParentSpan'];
const noLimits = { countLimit: Number.POSITIVE_INFINITY, ...noValueLimits };

// Above the channels that Waymark knows: the application knows its own better.
const rankOfApplication = 1;

/**
 * Gives each operation that a library publishes on a `TracingChannel` a span, child of the span that was active where it began. It
 * ends with the operation, and has failed if that has. Callbacks of the operation run in the context of its caller.
 *
 * @param name The name of the channel as it was given to `tracingChannel()`, such as `acme:query`.
 * @param describe Returns the span of a message of the `start` channel; `undefined` for an operation without a span. If it throws,
 *   there is no span, and the fault is counted.
 * @returns `stop`: operations that begin later have no spans.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` or `WAYMARK_UNKNOWN_OPTION`, with the value and the remedy.
 * @see https://nodejs.org/api/diagnostics_channel.html#class-tracingchannel
 * @example
 * traceChannel('acme:query', ({ table }) => ({ name: `acme ${table}`, attributes: { 'db.collection.name': table } }));
 */
export function traceChannel<Message extends object = Record<string, unknown>>(
  name: string,
  describe: (message: Message) => ChannelSpan | undefined,
  options: TraceChannelOptions = {},
): () => void {
  if (typeof name !== 'string' || name === '') {
    throw invalidOption(
      'name',
      name,
      'the name of a channel',
      "Use the name given to tracingChannel(), such as 'acme:query'.",
    );
  }
  if (typeof describe !== 'function') {
    throw invalidOption('describe', describe, 'a function', 'Return { name, attributes } for a message.');
  }
  const { nests = true, requireParentSpan = true } = readOptions(options);
  const subscription = subscribeChannel<Message>(
    name,
    {
      nests,
      start(message) {
        const caller = tracedCallerOfAny(requireParentSpan);
        if (caller === undefined) return undefined;
        const tracer = knownTracer(isWaymarkSpan(caller.span) ? caller.span : undefined);
        if (tracer === undefined) return undefined;
        const span = describe(message);
        if (typeof span !== 'object' || span === null) return undefined;
        return Operation.begin(caller, {
          library: undefined,
          name: toText(span.name),
          kind: span.kind === undefined ? 'client' : toSpanKind(span.kind),
          attributes: collectAttributes(span.attributes, noLimits, tracer.diagnostics).list,
        });
      },
    },
    rankOfApplication,
  );
  return subscription?.stop ?? noStop;
}

function noStop(): void {}

function readOptions(options: unknown): TraceChannelOptions {
  if (!isPlainObject(options))
    throw invalidOption('options', options, 'an object', 'Leave it out to use the defaults.');
  for (const key of Object.keys(options)) {
    if (!(optionNames as readonly string[]).includes(key)) throw unknownOption(key, optionNames);
    const value = readOption(options, key);
    if (value !== undefined && typeof value !== 'boolean') {
      throw invalidOption(key, value, 'true or false', 'Leave it out to use true.');
    }
  }
  return options;
}
