// Copies of the API in one process: the application's, and that of a library, each in the node_modules that its owner resolves.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const here = join(__dirname, '..');
// Inside the package that has Waymark, so that it resolves.
const folder = mkdtempSync(join(here, 'node_modules/copies-'));
const sources = { '1.9.0': join(here, 'sdk-1'), '1.10.0': here } as const;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;

/** @returns What the application prints with these copies: the names of its spans, and what Waymark says. */
function run(given: keyof typeof sources, ofLibrary: keyof typeof sources, program: string): unknown {
  const app = join(folder, String(count++));
  const library = join(app, 'node_modules/library');
  for (const [owner, version] of [
    [app, given],
    [library, ofLibrary],
  ] as const) {
    const copy = join(owner, 'node_modules/@opentelemetry/api');
    mkdirSync(join(copy, '..'), { recursive: true });
    cpSync(join(sources[version], 'node_modules/@opentelemetry/api'), copy, { recursive: true, dereference: true });
  }
  writeFileSync(
    join(library, 'index.js'),
    "module.exports = { api: require('@opentelemetry/api'), work() { this.api.trace.getTracer('library').startSpan('work').end(); } };",
  );
  writeFileSync(
    join(app, 'app.js'),
    `const api = require('@opentelemetry/api');
const { createTracer, setDefaultTracer } = require('@waymark/core');
const { bridgeOpenTelemetry } = require('@waymark/core/opentelemetry');
const { inMemoryExporter } = require('@waymark/core/testing');
const exporter = inMemoryExporter();
const log = [];
setDefaultTracer(createTracer({ exporter, env: {}, log: (line) => log.push(line) }));
const bridge = () => bridgeOpenTelemetry(api);
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
(async () => {
  ${program}
  console.log(JSON.stringify({ spans: exporter.spans.map(({ name }) => name), log, isRegistered: bridge().isRegistered }));
  process.exit();
})();`,
  );
  const args = ['--require=esbuild-register', '--conditions=@waymark/source', join(app, 'app.js')];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', cwd: here }));
}

const loadedFirst = "const library = require('library'); bridge(); library.work(); await turn(); library.work();";
const loadedLater = `bridge(); await turn(); const library = require('library'); library.work();
  api.trace.getTracer('application'); await turn(); library.work();`;

test.each([loadedFirst, loadedLater])(
  'a newer copy makes no spans, which is reported once, with what to do: %s',
  (program) => {
    expect(run('1.9.0', '1.10.0', program)).toEqual({
      spans: [],
      isRegistered: true,
      log: [
        expect.stringMatching(
          /^waymark warn: @opentelemetry\/api 1\.10\.0 in \S+library\S+ makes no spans: Waymark has registered with @opentelemetry\/api 1\.9\.0, .*npm ls @opentelemetry\/api .*"overrides": \{ "@opentelemetry\/api": "1\.10\.0" \}/,
        ),
      ],
    });
  },
);

test('what the message says helps: the newest copy is passed to the bridge', () => {
  const program = "const library = require('library'); bridgeOpenTelemetry(library.api); library.work(); await turn();";
  expect(run('1.9.0', '1.10.0', program)).toEqual({ spans: ['work'], log: [], isRegistered: true });
});

test.each([loadedFirst, loadedLater])('an older copy works, without a word: %s', (program) => {
  expect(run('1.10.0', '1.9.0', program)).toEqual({ spans: ['work', 'work'], log: [], isRegistered: true });
});

test('two copies of one version work, without a word', () => {
  expect(run('1.10.0', '1.10.0', loadedFirst)).toEqual({ spans: ['work', 'work'], log: [], isRegistered: true });
});

test('a registry of another version refuses the bridge, which is reported', () => {
  const program =
    "require('library').api.metrics.setGlobalMeterProvider({ getMeter() {} }); bridge(); require('library').work();";
  expect(run('1.10.0', '1.9.0', program)).toMatchObject({
    spans: [],
    isRegistered: false,
    log: expect.arrayContaining([
      expect.stringMatching(
        /^waymark warn: bridgeOpenTelemetry\(\) was refused: @opentelemetry\/api 1\.9\.0 has made the API's registry/,
      ),
    ]),
  });
});
