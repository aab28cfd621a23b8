/** The context inside a message, or in the metadata of a call: written by the sender, read by the receiver. */
import { currentContext } from '../active-context.ts';
import { type Context, isContext } from '../context.ts';
import { countFault } from '../count-fault.ts';
import { knownTracer } from '../internal-tracer.ts';
import type { LibraryName } from '../libraries-option.ts';
import { type Carrier, carrierGetter, carrierSetter } from '../propagation/carrier.ts';
import { fieldsOf } from '../propagation/format-fields.ts';
import type { Getter, Setter } from '../propagation/propagator.ts';
import { isWaymarkSpan } from '../waymark-span.ts';
import { optionsOf } from './caller.ts';
import type { Operation } from './operation.ts';

/**
 * The context that a message or call carries: that of its operation, or the caller's if the call has no span because its request is
 * not sampled. The receiver then does not sample either.
 *
 * @returns `undefined` if there is nothing to carry: outside any span, where tracing is turned off (`untraced()`), or for a library that is
 *   turned off.
 */
export function contextToCarry(library: LibraryName, operation: Operation | undefined): Context | undefined {
  if (operation !== undefined) return operation.context();
  const context = currentContext();
  const active = context?.span;
  if (!isWaymarkSpan(active) || active.mode === 'suppressed' || active.mode === 'ignored') return undefined;
  return optionsOf(library, context as Context) === undefined ? undefined : context; // it has the span
}

/**
 * Writes the headers of the tracer's propagators. Never throws.
 *
 * @param carrier A copy: never the object of the application, which may be frozen, or sent again.
 */
export function writeContext<Anything extends object = Carrier>(
  context: Context,
  carrier: Anything,
  setter: Setter<Anything> = carrierSetter as Setter<object>,
): void {
  try {
    tracerFor(context)?.inject(carrier, setter, context);
  } catch (error) {
    countFault(error);
  }
}

/**
 * Whether the application, or another tracer, has put a context into the carrier. It is never overwritten. Never throws.
 */
export function hasContext<Anything extends object = Carrier>(
  carrier: Anything | undefined,
  getter: Getter<Anything> = carrierGetter as Getter<object>,
): boolean {
  if (carrier === undefined) return false;
  try {
    const propagators = knownTracer(currentContext()?.span)?.settings.propagators ?? [];
    return propagators.some(
      (propagator) =>
        // The application may add entries of baggage without a trace of its own.
        propagator.name !== 'baggage' && fieldsOf(propagator).some((name) => getter.get(carrier, name) !== undefined),
    );
  } catch (error) {
    countFault(error);
    return true; // it cannot be read, so it is left as it is
  }
}

/** The context that a carrier has; `undefined` if it has none. Never throws. */
export function readContext<Anything extends object = Carrier>(
  carrier: Anything | undefined,
  getter: Getter<Anything> = carrierGetter as Getter<object>,
): Context | undefined {
  if (carrier === undefined || carrier === null) return undefined;
  try {
    const context = knownTracer(undefined)?.extract(carrier, getter);
    return isContext(context) && (context.span !== undefined || context.baggage !== undefined) ? context : undefined;
  } catch (error) {
    countFault(error);
    return undefined;
  }
}

function tracerFor({ span }: Context): ReturnType<typeof knownTracer> {
  return knownTracer(isWaymarkSpan(span) ? span : undefined);
}
