/** What is said at start: the other tracers in the process, and one line about what this one does. */
import type { SpanExporter } from './exporter.ts';
import { callExporter } from './exporter-calls.ts';
import type { InternalTracer } from './internal-tracer.ts';
import { tellOtherTracers } from './other-tracers.ts';
import { isOutboundInstrumented } from './outbound-installation.ts';
import { printValue } from './settings/setting.ts';
import { version } from './version.ts';

/** Tells it once the code that sets the tracer up has run, as that turns on the tracing of calls. */
export function tellStart(tracer: InternalTracer, exporters: readonly SpanExporter[]): void {
  if (!tracer.diagnostics.isHeard('warn')) return;
  setImmediate(() => {
    tellOtherTracers(tracer);
    if (!tracer.diagnostics.isHeard('debug')) return;
    const line = callExporter(() => describeStart(tracer, exporters), tracer.diagnostics); // it asks them where spans go
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
    `sampler: ${printValue(settings.sampler)}`,
    `propagators: ${printValue(settings.propagators)}`,
  ].join('; ');
}
