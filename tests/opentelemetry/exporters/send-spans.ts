// A program with one tracer and two exporters: one of OpenTelemetry, and ours of the same format. Both get the same spans. It is a process
// of its own because OpenTelemetry's exporters import modules with their first request, which Jest does not allow.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createTracer, type OpenTelemetrySpanExporter, type TracerOptions } from '@waymark/core';
import { otlpExporter } from '@waymark/core/otlp';
import { zipkinExporter } from '@waymark/core/zipkin';
import { limits, makeSpans } from './made-spans.ts';

export interface SendTask {
  readonly generation: string;
  readonly packageName: string;
  readonly className: string;
  /** Where its exporter sends. */
  readonly url: string;
  /** Where ours sends. */
  readonly ownUrl: string;
  readonly ownFormat: 'http/protobuf' | 'http/json' | 'zipkin';
  readonly isLimited: boolean;
  /** How the program ends: by `flush()`, or without one. */
  readonly ends: 'flush' | 'by itself' | 'SIGTERM' | 'process.exit()' | 'an exception';
}

async function send(task: SendTask): Promise<void> {
  const { generation, packageName, className, url, ownUrl, ownFormat, isLimited, ends } = task;
  const folder = generation === 'sdk-3' ? '.' : generation;
  const load = createRequire(join(__dirname, '..', folder, 'package.json'));
  const theirs: OpenTelemetrySpanExporter = new (load(packageName)[className])({ url });
  const own =
    ownFormat === 'zipkin' ? zipkinExporter({ url: ownUrl }) : otlpExporter({ url: ownUrl, protocol: ownFormat });
  const options: TracerOptions = { serviceName: 'orders', exporter: [theirs, own], resource: { 'a.list': ['x', 'y'] } };
  const tracer = createTracer(isLimited ? { ...options, limits } : options);
  makeSpans(tracer);
  if (ends === 'SIGTERM') process.kill(process.pid, 'SIGTERM');
  if (ends === 'process.exit()') process.exit(0);
  if (ends === 'an exception') setImmediate(fail);
  if (ends === 'flush') {
    const report = await tracer.flush();
    const health = await tracer.healthCheck();
    process.send?.({ report, stats: tracer.stats(), health });
    await tracer.shutdown();
  }
  process.disconnect?.();
}

function fail(): never {
  throw new Error('broken');
}

void send(JSON.parse(process.argv[2] ?? '') as SendTask);
