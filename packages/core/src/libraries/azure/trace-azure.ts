/** The spans of the Azure SDK, by the instrumenter of `@azure/core-tracing`, which all its clients ask. */
import { processState } from '../../process-state.ts';
import { readProperty } from '../../read-property.ts';
import type { Trace } from '../trace.ts';
import { traceGiven } from '../trace-given.ts';
import type { Instrumenter } from './azure-types.ts';
import { instrumenter } from './instrumenter.ts';

/** On an instrumenter of ours: another copy of this package leaves it in place. */
const ownKey: unique symbol = Symbol.for('waymark.azure-instrumenter.v1') as never;
Object.defineProperty(instrumenter, ownKey, { value: globalThis });

interface State {
  instrumenterImplementation?: Instrumenter | undefined;
}

/** Takes the exports of the package, or those of the module with the state that its CommonJS and ES modules share. */
export const trace: Trace = (given) => {
  const state = readProperty(given, 'state') as State | undefined;
  if (typeof state === 'object' && state !== null) {
    const current = state.instrumenterImplementation;
    if (current !== undefined && !isReplaceable(current)) return 'foreign';
    if (!isOurs(current)) state.instrumenterImplementation = instrumenter;
    return 'hook';
  }
  const use = readProperty(given, 'useInstrumenter') as ((used: Instrumenter) => void) | undefined;
  if (typeof use !== 'function') return undefined;
  use(instrumenter);
  return 'hook';
};

function isOurs(current: Instrumenter | undefined): boolean {
  return readProperty(current, ownKey) === globalThis;
}

/** The SDK's own, which does nothing, is a plain object. Another tracer's is of a class, and has been set by the application. */
function isReplaceable(current: Instrumenter): boolean {
  if (readProperty(current, ownKey) !== undefined || processState.openTelemetry?.wrapsOverTheirs === true) return true;
  return Object.getPrototypeOf(current) === Object.prototype;
}

/**
 * Traces the Azure SDK, all packages `@azure/…` that ask `@azure/core-tracing`: pass the exports of that package.
 *
 * An operation of a client, such as `BlobClient-download`, has a span around all its attempts, whose HTTP requests are below it. Messages of
 * Service Bus and Event Hubs carry the context, and processing one is below its sender.
 *
 * Not recorded: bodies, statements, prompts, and attributes of the SDK that may have them.
 *
 * @returns What it was given. A second call changes nothing.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @see https://learn.microsoft.com/javascript/api/overview/azure/core-tracing-readme
 * @example
 * import * as coreTracing from '@azure/core-tracing';
 * traceAzure(coreTracing);
 */
export function traceAzure<Given extends object>(coreTracing: Given): Given {
  return traceGiven(
    'azure',
    (given) => trace(given, undefined),
    coreTracing,
    'traceAzure(coreTracing)',
    'the exports of @azure/core-tracing',
  );
}
