// The tracer of the programs.
import { createTracer, setDefaultTracer } from '@waymark/core';
import { instrumentLibraries } from '@waymark/core/libraries';
import { instrumentOutbound } from '@waymark/core/outbound';
import { inMemoryExporter } from '@waymark/core/testing';

export function tracingOf(libraries) {
  const exporter = inMemoryExporter();
  const tracer = createTracer({ exporter, libraries, flushOnExit: false, logLevel: 'none', env: {} });
  setDefaultTracer(tracer);
  instrumentLibraries();
  instrumentOutbound();
  return { exporter, tracer };
}
