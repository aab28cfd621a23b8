// docs/exporters.md: the code of the sections about OpenTelemetry.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { createTracer } from '@waymark/core';
import { startCollector } from 'waymark';

test('an exporter of OpenTelemetry next to another', async () => {
  const tracer = createTracer({
    serviceName: 'report',
    exporter: ['otlp', new OTLPTraceExporter({ url: 'https://traces.example/v1/traces' })],
  });

  expect(tracer.stats().exporters.map(({ name }) => name)).toEqual(['otlp', 'OTLPTraceExporter']);
  await tracer.shutdown(); // no span has ended
});

test("spans of OpenTelemetry's SDK in the collector", async () => {
  const collector = await startCollector({ port: 0 });
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [join(__dirname, 'opentelemetry/service.mjs')], {
      env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
    });
    const response = await fetch(`${collector.url}/api/traces/${stdout.trim()}`);
    const trace = JSON.stringify(await response.json());
    expect([response.status, trace.includes('"keeps-its-sdk"'), trace.includes('"work"')]).toEqual([200, true, true]);
  } finally {
    await collector.close();
  }
});
