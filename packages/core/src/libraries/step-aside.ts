/** Other tracers that trace the libraries of this process already: a second span for each call would be one too many. */
import { findOtherTracers } from '../other-tracers.ts';

/**
 * The name of a tracer that traces all libraries by itself, and leaves no mark on them: dd-trace, and Sentry with tracing turned on.
 * OpenTelemetry's instrumentations mark the methods that they wrap, see wrap-once.ts.
 */
export function tracerOfLibraries(): string | undefined {
  if (findOtherTracers().includes('dd-trace')) return 'dd-trace';
  try {
    return isSentryTracing() ? "Sentry's SDK" : undefined;
  } catch {
    return undefined; // a version that we do not know
  }
}

interface SentryClient {
  getOptions?(): { readonly tracesSampleRate?: unknown; readonly tracesSampler?: unknown } | undefined;
}

interface SentryCarrier {
  readonly version?: string;
  readonly [version: string]: unknown;
}

function isSentryTracing(): boolean {
  const carrier = (globalThis as { readonly __SENTRY__?: SentryCarrier }).__SENTRY__;
  const { defaultCurrentScope } = (carrier?.[carrier.version ?? ''] ?? {}) as {
    readonly defaultCurrentScope?: { getClient?(): SentryClient | undefined };
  };
  const options = defaultCurrentScope?.getClient?.()?.getOptions?.();
  return typeof options?.tracesSampleRate === 'number' || typeof options?.tracesSampler === 'function';
}
