// Which code makes each span of a request: https://opentelemetry.io/docs/specs/otel/common/instrumentation-scope/
import { createTracer, withSpan } from '@waymark/core';
import { inMemoryExporter } from '@waymark/core/testing';
import type { AdapterUnderTest, Route } from './adapter-under-test.ts';
import { startDownstream, startTraced } from './traced-app.ts';

export function describeScopes(adapter: AdapterUnderTest): void {
  describe('scopes', () => {
    test('of the spans of a request are those of the code that makes them', async () => {
      const downstream = await startDownstream();
      const exporter = inMemoryExporter();
      const tracer = createTracer({ exporter, env: {}, flushOnExit: false });
      const pricing = tracer.withScope('pricing', '1.2.0');
      const route: Route = {
        method: 'GET',
        path: '/users/:id',
        handler: async ({ send }) => {
          await withSpan('load', () => fetch(downstream.url).then((response) => response.text()));
          pricing.withSpan('price', () => undefined);
          send(200, 'user');
        },
      };
      const app = await startTraced(adapter, { routes: [route], tracing: { tracer } }, exporter);
      await app.request('/users/7');
      const spans = await app.spans(4);
      const version = spans[0]?.resource.attributes['telemetry.sdk.version']; // all packages have one version
      expect(version).toMatch(/^\d/);
      expect(Object.fromEntries(spans.map(({ name, scope }) => [name, { ...scope }]))).toEqual({
        GET: { name: '@waymark/core/outbound', version },
        load: { name: '@waymark/core', version },
        price: { name: 'pricing', version: '1.2.0' },
        'GET /users/:id': { name: adapter.scopeName, version },
      });
    });
  });
}
