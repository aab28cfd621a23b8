// `inject-once.ts <name of a Fastify package>`: prints the outcome of one injected request.
import { inMemoryExporter } from '@waymark/core/testing';
import { tracing } from '@waymark/fastify';
import type { MakeFastify } from './fastify-adapter.ts';

async function injectOnce(framework: MakeFastify): Promise<object> {
  const exporter = inMemoryExporter();
  const app = framework();
  await app.register(tracing, { exporter, env: {} });
  app.get('/users/:id', async ({ span }) => ({ traceId: span?.traceId }));
  const response = await app.inject('/users/7');
  const [span] = await exporter.waitFor(1);
  return {
    status: response.statusCode,
    sameTrace: span?.traceId === response.json().traceId,
    name: span?.name,
    statusCode: span?.attributes['http.response.status_code'],
    clientAddress: span?.attributes['client.address'],
  };
}

const [packageName = 'fastify'] = process.argv.slice(2);
import(packageName)
  .then(({ default: framework }) => injectOnce(framework))
  .then((result) => console.log(JSON.stringify(result)));
