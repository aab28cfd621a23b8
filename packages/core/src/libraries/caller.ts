/** Whose call it is: the context in which the application calls a library, if the call gets a span. */
import { currentContext } from '../active-context.ts';
import type { Context } from '../context.ts';
import { type InternalTracer, knownTracer } from '../internal-tracer.ts';
import type { LibraryName, LibrarySettings } from '../libraries-option.ts';
import { outside } from '../outside-context.ts';
import { processState } from '../process-state.ts';
import { isWaymarkSpan, type WaymarkSpan } from '../waymark-span.ts';

/** Spans whose direct children from libraries are left out, since they would show the same call again. */
const coveringSpans = new WeakSet<WaymarkSpan>();

/** Leaves out the spans of libraries directly below this one. */
export function coverNested(span: WaymarkSpan): void {
  coveringSpans.add(span);
}

/**
 * The caller's context, if a call of the library made now gets a span; otherwise `undefined`. It is cheap: call it first, and
 * collect the facts of the call afterwards.
 */
export function tracedCaller(library: LibraryName): Context | undefined {
  const context = currentContext();
  const active = context?.span;
  if (!isWaymarkSpan(active)) {
    return optionsFor(library, undefined)?.requireParentSpan === false ? (context ?? outside) : undefined;
  }
  return isTraced(active) && optionsFor(library, active) !== undefined ? context : undefined;
}

/** The caller's context for code that no option of a library turns off. */
export function tracedCallerOfAny(requireParentSpan: boolean): Context | undefined {
  const context = currentContext();
  const active = context?.span;
  if (!isWaymarkSpan(active)) return requireParentSpan ? undefined : (context ?? outside);
  return isTraced(active) ? context : undefined;
}

function isTraced(active: WaymarkSpan): boolean {
  // A remote parent is the sender of a message that is processed without a span here.
  return (active.mode === undefined || active.mode === 'remote') && !coveringSpans.has(active);
}

/** The library's options in force for this caller; `undefined` if it is turned off. */
export function optionsOf<Name extends LibraryName>(library: Name, caller: Context): LibrarySettings[Name] {
  const active = caller.span;
  return optionsFor(library, isWaymarkSpan(active) ? active : undefined);
}

function optionsFor<Name extends LibraryName>(library: Name, active: WaymarkSpan | undefined): LibrarySettings[Name] {
  if (processState.openTelemetry?.leavesToTheirs(library) === true) return undefined as LibrarySettings[Name];
  const tracer: InternalTracer | undefined = knownTracer(active);
  // Another copy of this package, of a version before there were libraries, makes tracers without these settings.
  const settings = tracer?.settings.libraries as LibrarySettings | undefined;
  return settings?.[library] as LibrarySettings[Name]; // keyed by name
}
