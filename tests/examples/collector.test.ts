// The code of docs/collector.md, word for word.
import { createTracer } from '@waymark/core';
import { otlpExporter } from '@waymark/core/otlp';
import { startCollector } from 'waymark';

test('a collector in your own process receives spans and returns traces', async () => {
  const collector = await startCollector({ port: 0 });
  const exporter = otlpExporter({ url: collector.otlpUrl });
  const tracer = createTracer({ serviceName: 'users', exporter });

  tracer.withSpan('load user', (span) => span.setAttribute('user.id', '7'));
  await tracer.shutdown();

  const answer = await fetch(`${collector.url}/waymark/traces?query=user.id:7`);
  expect(await answer.json()).toMatchObject({ traces: [{ serviceName: 'users', name: 'load user', spanCount: 1 }] });
  await collector.close();
});
