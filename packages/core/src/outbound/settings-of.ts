/** The settings of a tracer's outbound calls. */
import type { InternalTracer } from '../internal-tracer.ts';
import { resolveKnownMethods } from '../known-methods.ts';
import type { OutboundSettings } from '../outbound-settings.ts';
import { compilePropagateTo } from '../urls/propagate-to.ts';
import { defaultUrlRedaction } from '../urls/url-redaction.ts';

let defaults: OutboundSettings | undefined;

/** The settings in force: the defaults for a tracer without an adapter. The environment is read at the first call. */
export function outboundSettingsOf(tracer: InternalTracer): OutboundSettings {
  if (tracer.outbound !== undefined) return tracer.outbound;
  defaults ??= {
    knownMethods: resolveKnownMethods(undefined).methods,
    redactUrl: defaultUrlRedaction.url,
    ...compilePropagateTo(),
    traceStateMember: undefined,
    existingTraceHeaders: undefined,
  };
  return defaults;
}
