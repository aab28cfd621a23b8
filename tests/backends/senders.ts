// A tracer that sends to a backend in one of the forms that we have.
import { randomBytes } from 'node:crypto';
import { createTracer } from '@waymark/core';
import { otlpExporter } from '@waymark/core/otlp';
import { zipkinExporter } from '@waymark/core/zipkin';
import { everySpan, limits, record, resourceFacts, type SpanFact } from './every-span.ts';

export type Format = 'otlp protobuf' | 'otlp json' | 'zipkin json';
export type Compression = 'none' | 'gzip';

export interface Address {
  readonly otlp?: string;
  readonly zipkin?: string;
}

/**
 * Sends {@link everySpan}, and what is below it in number, to a backend.
 *
 * @returns The id of the trace, which is another one each time: the backends keep all of them.
 */
export async function sendEverySpan(
  { otlp, zipkin }: Address,
  format: Format,
  compression: Compression,
  facts: readonly SpanFact[] = everySpan,
): Promise<string> {
  const traceId = randomBytes(16).toString('hex');
  let spanCount = 0;
  const exporter =
    format === 'zipkin json'
      ? zipkinExporter({ url: zipkin, compression, env: {} })
      : otlpExporter({
          url: otlp,
          protocol: format === 'otlp json' ? 'http/json' : 'http/protobuf',
          compression,
          env: {},
        });
  const tracer = createTracer({
    resource: Object.fromEntries(resourceFacts.map(([key, given]) => [key, given])) as never, // what a fact gives is what users may give
    exporter,
    limits,
    idGenerator: { traceId: () => traceId, spanId: () => (++spanCount).toString(16).padStart(16, '0') },
    flushOnExit: false,
    env: {},
  });
  record(tracer, traceId, facts);
  const report = await tracer.shutdown();
  if (report.delivered !== facts.length + 1) {
    throw new Error(`delivered ${report.delivered} of ${facts.length + 1}: ${tracer.stats().lastExportError?.message}`);
  }
  return traceId;
}
