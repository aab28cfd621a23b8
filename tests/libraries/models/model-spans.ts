// The tracer of a test of models, and what the tests compare.
import { createTracer, type LibrariesOption, setDefaultTracer, type Tracer } from '@waymark/core';
import { instrumentOutbound } from '@waymark/core/outbound';
import { type InMemoryExporter, inMemoryExporter, type SpanData } from '@waymark/core/testing';

export interface Traced {
  readonly tracer: Tracer;
  readonly exporter: InMemoryExporter;
  /** Attributes of the span of that name. Times and ports differ from run to run. */
  attributes(name: string): Record<string, unknown>;
  find(name: string): SpanData;
}

export function startTracing(libraries: LibrariesOption = true, env: Record<string, string> = {}): Traced {
  const exporter = inMemoryExporter();
  const tracer = createTracer({ exporter, libraries, flushOnExit: false, logLevel: 'none', env });
  setDefaultTracer(tracer);
  instrumentOutbound();
  const find = (name: string): SpanData => {
    const span = exporter.spans.find((candidate) => candidate.name === name);
    if (span === undefined) throw new Error(`no ${name} among ${exporter.spans.map((one) => one.name).join(', ')}`);
    return span;
  };
  return {
    tracer,
    exporter,
    find,
    attributes(name) {
      const attributes: Record<string, unknown> = { ...find(name).attributes };
      delete attributes['server.port'];
      delete attributes['gen_ai.response.time_to_first_chunk'];
      return attributes;
    },
  };
}
