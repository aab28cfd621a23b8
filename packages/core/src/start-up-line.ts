/** The messages at start: other tracers in the process, and one line with the settings that matter. */
import type { SpanExporter } from './exporter.ts';
import { callExporter } from './exporter-calls.ts';
import { describeFoundLibraries } from './found-libraries.ts';
import type { InternalTracer } from './internal-tracer.ts';
import { warnOfOtherTracers } from './other-tracers.ts';
import { isOutboundInstrumented } from './outbound-installation.ts';
import { printValue } from './settings/setting.ts';
import { version } from './version.ts';

/** Reports after the set-up code has run, since that code may turn on the tracing of outbound calls. */
export function reportStart(tracer: InternalTracer, exporters: readonly SpanExporter[]): void {
  if (!tracer.diagnostics.isHeard('warn')) return;
  setImmediate(() => {
    warnOfOtherTracers(tracer);
    if (!tracer.diagnostics.isHeard('debug')) return;
    const line = callExporter(() => describeStart(tracer, exporters), tracer.diagnostics); // it reads `destination`, which may throw
    if (line !== undefined) tracer.diagnostics.note('debug', line);
  });
}

function describeStart(tracer: InternalTracer, exporters: readonly SpanExporter[]): string {
  const { settings, resource } = tracer;
  const service = `waymark ${version} traces ${printValue(resource.attributes['service.name'])}`;
  if (settings.disabled) return `${service}: not at all, it is disabled`;
  const places = exporters.map(({ name, destination }) =>
    destination === undefined ? name : `${name} ${destination}`,
  );
  const calls = tracer.tracesOutbound && isOutboundInstrumented() ? 'fetch, undici, node:http' : 'none';
  return [
    `${service}: spans go to ${places.join(' and ') || 'nowhere'}`,
    `calls traced: ${calls}`,
    `libraries traced: ${describeFoundLibraries()}`,
    `sampler: ${printValue(settings.sampler)}`,
    `propagators: ${printValue(settings.propagators)}`,
  ].join('; ');
}
