/**
 * What the rest of core knows of a bridge to OpenTelemetry's API (`opentelemetry/`): which of two instrumentations a call has its span
 * from, if both could make one.
 */
import type { Context } from './context.ts';
import type { LibraryName } from './libraries-option.ts';
import type { WaymarkSpan } from './waymark-span.ts';

/**
 * What can be traced twice: a library that Waymark traces, requests that come in, and requests that go out by `node:http` and by
 * `undici` or `fetch`.
 */
export type TracedSubject = LibraryName | 'server' | 'node:http' | 'undici';

/** A bridge, as long as it is registered. */
export interface OpenTelemetryState {
  /** Whether it is still registered, or joined: the application may have reset the API by other means. */
  isInForce(): boolean;
  /** Whether it is beside an SDK of OpenTelemetry, which has spans of its own. */
  readonly isJoined: boolean;
  /**
   * Whether a library is traced although an instrumentation of OpenTelemetry has wrapped it. The spans of that instrumentation are then
   * left out, or wanted beside ours.
   */
  readonly wrapsOverTheirs: boolean;
  /** Whether Waymark leaves a subject to OpenTelemetry's instrumentation. Instrumentations ask at each call. */
  leavesToTheirs(subject: TracedSubject): boolean;
  /**
   * The span of an instrumentation of OpenTelemetry that Waymark's server span is below: its server span, which it starts before the
   * framework runs, or the one around the middleware.
   *
   * @returns `undefined` in any other context, also in that in which the server was started.
   */
  serverSpanIn(context: Context | undefined): WaymarkSpan | undefined;
}
