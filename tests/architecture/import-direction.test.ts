import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { explainViolation } from './import-rules.ts';
import { readImports, readImportsBelow } from './read-imports.ts';

const folders = ['packages', 'examples', 'tests', 'benchmarks'].filter((name) =>
  existsSync(join(__dirname, '../..', name)),
);

describe('import direction', () => {
  const imports = readImportsBelow(folders);

  test('every import in the repository points the right way', () => {
    const violations = imports.flatMap((found) => {
      const reason = explainViolation(found);
      return reason === undefined ? [] : [`${found.file} imports ${found.specifier}: ${reason}`];
    });
    expect(violations).toEqual([]);
  });

  test.each([
    'packages/core/src/',
    'packages/express/src/',
    'packages/fastify/src/',
    'packages/waymark/src/',
    'packages/waymark/viewer/',
    'tests/',
  ])('the imports of %s have been read', (folder) => {
    expect(imports.filter(({ file }) => file.startsWith(folder))).not.toEqual([]);
  });
});

describe('reading imports', () => {
  test('finds each way to name a module, and nothing in comments or strings', () => {
    const source = `
      // import 'in-a-comment';
      /* export * from 'in-a-block'; */
      const text = "import x from 'in-a-string'; // https://example.com/*";
      import 'bare';
      import value, { type A } from 'named';
      import type { B } from 'types-only';
      import legacy = require('import-equals');
      export { value } from 're-export';
      export type { B } from 'type-re-export';
      export * from 'star';
      const lazy = import('dynamic');
      const common = require('required');
      const where = require.resolve('resolved');
      let shape: import('import-type').Shape;
    `;
    expect(readImports('x.ts', source).map(({ specifier }) => specifier)).toEqual([
      'bare',
      'named',
      'types-only',
      'import-equals',
      're-export',
      'type-re-export',
      'star',
      'dynamic',
      'required',
      'resolved',
      'import-type',
    ]);
  });

  test('reads JavaScript modules and CommonJS files', () => {
    expect(readImports('a.mjs', "export * from 'a';")).toEqual([{ file: 'a.mjs', specifier: 'a' }]);
    expect(readImports('a.cjs', "const a = require('a');")).toEqual([{ file: 'a.cjs', specifier: 'a' }]);
  });
});

describe('a planted import', () => {
  test.each([
    ['packages/core/src/span.ts', './http/server-span.ts', "core's root files do not know http/"],
    ['packages/core/src/span.ts', './console/index.ts', "core's root files do not know console/"],
    ['packages/core/src/span.ts', '@opentelemetry/api', 'core has no dependency'],
    ['packages/core/src/span.ts', 'http', 'core has no dependency'],
    ['packages/core/src/propagation/b3.ts', '../otlp/index.ts', 'propagation/ stands on the root files and settings/'],
    ['packages/core/src/settings/forms.ts', '../propagation/b3.ts', 'settings/ stands on the root files'],
    ['packages/core/src/urls/networks.ts', '../http/trust.ts', 'urls/ stands on the root files and settings/'],
    [
      'packages/core/src/outbound/client-span.ts',
      '../http/trust.ts',
      'outbound/ stands on the root files, settings/, propagation/, and urls/',
    ],
    ['packages/core/src/late-environment.ts', './otlp/otlp-options.ts', "core's root files do not know otlp/"],
    ['packages/core/src/tracer.ts', './sending/send-queue.ts', "core's root files do not know sending/"],
    [
      'packages/core/src/sending/send-queue.ts',
      '../otlp/protobuf-format.ts',
      'sending/ stands on the root files and settings/',
    ],
    [
      'packages/core/src/zipkin/zipkin-exporter.ts',
      '../otlp/otlp-values.ts',
      'zipkin/ stands on the root files, settings/, and sending/',
    ],
    ['packages/core/src/http/index.ts', '../../../express/src/index.ts', 'a package reaches others by name only'],
    ['packages/core/src/span.ts', '../../../tests/on-platform.ts', 'a package reaches others by name only'],
    ['packages/core/src/span.test.ts', '../../../tests/contract/server.ts', 'a package reaches others by name only'],
    [
      'packages/core/src/span.test.ts',
      '@waymark/express',
      "what needs several adapters is tested in tests/, not in one adapter's folder",
    ],
    ['packages/express/src/index.ts', '../../core/src/index.ts', 'a package reaches others by name only'],
    ['packages/express/src/index.ts', '@waymark/fastify', 'adapters do not know each other'],
    ['packages/express/src/index.ts', 'fastify', 'an adapter knows core, Node and its framework'],
    ['packages/fastify/src/index.ts', '@waymark/express', 'adapters do not know each other'],
    ['packages/fastify/src/index.ts', 'undici', 'an adapter knows core, Node and its framework'],
    ['packages/waymark/src/model/span.ts', '../query/query.ts', 'model/ stands on nothing'],
    ['packages/waymark/src/query/matches.ts', '../analysis/outline.ts', 'query/ stands on model/'],
    [
      'packages/waymark/src/analysis/to-outline.ts',
      'node:crypto',
      'analysis/ runs in browsers too: it knows neither Node nor libraries',
    ],
    [
      'packages/waymark/src/terminal/line.ts',
      '@waymark/core',
      'the collector knows @waymark/core/printable-text, @waymark/core/text-width',
    ],
    ['packages/express/src/index.ts', '@waymark/core/text-width', '@waymark/core/text-width is not published'],
    ['tests/contract/http.test.ts', '@waymark/core/text-width', '@waymark/core/text-width is not published'],
    [
      'packages/waymark/src/store/memory/memory-store.ts',
      '../../engine/engine.ts',
      'store/ stands on model/, analysis/, query/, api/',
    ],
    ['packages/waymark/src/ingest/otlp-json.ts', '../server/listen.ts', 'ingest/ stands on model/'],
    [
      'packages/waymark/src/server/query-routes.ts',
      '../store/memory/memory-store.ts',
      'server/ stands on model/, query/, api/, ingest/, export/, share/, engine/, version.ts',
    ],
    [
      'packages/waymark/src/server/query-routes.ts',
      '../collector.ts',
      'server/ stands on model/, query/, api/, ingest/, export/, share/, engine/, version.ts',
    ],
    ['packages/waymark/src/terminal/line.ts', '../version.ts', 'terminal/ stands on model/, analysis/'],
    ['packages/waymark/src/cli/doctor.ts', '../../test/waymark-process.ts', 'test/ is for tests'],
    ['packages/waymark/viewer/src/app.tsx', '../tests/model-of.ts', 'test/ is for tests'],
    [
      'packages/waymark/viewer/src/app.tsx',
      '../../src/store/trace-store.ts',
      'the viewer knows model/, analysis/, query/, api/, share/, and nothing else of the package',
    ],
    [
      'packages/waymark/viewer/src/share/share.tsx',
      '../../../src/share/render-share-html.ts',
      'the viewer knows model/, analysis/, query/, api/, share/, and nothing else of the package',
    ],
    ['tests/contract/server/contract.ts', 'playwright-core', 'tests that open a browser are below tests/viewer/'],
    [
      'examples/shop/gateway.js',
      '../../packages/core/dist/index.js',
      'examples, tests and benchmarks use published names only',
    ],
    [
      'tests/contract/http.test.ts',
      '@waymark/core/src/span.ts',
      'examples, tests and benchmarks use published names only',
    ],
    ['benchmarks/run.mjs', '../packages/core/src/index.ts', 'examples, tests and benchmarks use published names only'],
  ])('of %s to %s is refused', (file, specifier, reason) => {
    expect(explainViolation({ file, specifier })).toBe(reason);
  });

  test.each([
    ['packages/core/src/create-tracer.ts', './otlp/index.ts'],
    ['packages/core/src/index.ts', './console/exporter.ts'],
    ['packages/core/src/exit.ts', './sending/post-and-wait.ts'],
    ['packages/core/src/options.ts', './propagation/b3.ts'],
    ['packages/core/src/propagation/b3.ts', '../span-context.ts'],
    ['packages/core/src/propagation/b3.ts', './list.ts'],
    ['packages/core/src/propagation/environment.ts', '../settings/setting.ts'],
    ['packages/core/src/otlp/otlp-options.ts', '../sending/batch-options.ts'],
    ['packages/core/src/testing/otlp-receiver.ts', '../otlp/decode-request.ts'],
    ['packages/core/src/http/server-span.ts', '../span.ts'],
    ['packages/core/src/span.ts', 'node:async_hooks'],
    ['packages/core/src/otlp/encode.test.ts', 'protobufjs'],
    ['packages/core/src/otlp/encode.test.ts', '../../../../tests/on-platform.ts'],
    ['packages/express/src/index.ts', '@waymark/core/http'],
    ['packages/express/src/index.ts', 'express'],
    ['packages/fastify/src/index.ts', 'fastify-plugin'],
    ['packages/waymark/scripts/prepack.mjs', '../../../scripts/published-files.mjs'],
    ['packages/waymark/src/collector.ts', './engine/start-engine.ts'],
    ['packages/waymark/src/server/listen.ts', 'node:http'],
    ['packages/waymark/src/terminal/line.ts', '@waymark/core/text-width'],
    ['packages/waymark/src/server/read-status.ts', '../version.ts'],
    ['packages/waymark/src/cli/serve.ts', '../collector.ts'],
    ['packages/waymark/src/server/create-server.ts', 'fastify'],
    ['packages/waymark/src/share/render-share-html.ts', 'node:fs'],
    ['packages/waymark/src/ingest/otlp.test.ts', '../export/to-otlp-json.ts'],
    ['packages/waymark/src/cli/doctor.test.ts', '../../test/waymark-process.ts'],
    ['packages/waymark/viewer/tests/model-of.ts', '../../test/sketch-trace.ts'],
    ['packages/waymark/viewer/src/app.tsx', '../../src/query/parse-query.ts'],
    ['tests/contract/http.test.ts', '@waymark/core/testing'],
    ['tests/contract/http.test.ts', './apps.ts'],
    ['examples/shop/gateway.js', 'express'],
  ])('of %s to %s is allowed', (file, specifier) => {
    expect(explainViolation({ file, specifier })).toBeUndefined();
  });
});
