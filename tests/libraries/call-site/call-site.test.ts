// Which line of an application made a call, in each form that an application runs in: as processes, with the packages as built.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { findNode } from '../../matrix/node-binaries.ts';

const root = join(__dirname, '../../..');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'waymark-call-site-')));
const core = join(root, 'packages/core/dist');

beforeAll(() => {
  execFileSync(
    process.execPath,
    ['--input-type=module', '--eval', "(await import('./scripts/setup.mjs')).buildPackages()"],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  // A library: it sends its statement at once, or in a later turn of an async function, as an ORM does.
  write('node_modules/orm/package.json', '{ "name": "orm", "main": "index.cjs" }');
  write('node_modules/orm/index.cjs', library(core));
  // Waymark as an application has it, below node_modules.
  cpSync(core, join(folder, 'installed/node_modules/@waymark/core/dist'), { recursive: true });
  write('installed/node_modules/orm/package.json', '{ "name": "orm", "main": "index.cjs" }');
  write('installed/node_modules/orm/index.cjs', library(join(folder, 'installed/node_modules/@waymark/core/dist')));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const library = (path: string): string => `
const { createTracer } = require(${JSON.stringify(join(path, 'index.js'))});
const { beginQuery } = require(${JSON.stringify(join(path, 'libraries/sql-operation.js'))});
const { inMemoryExporter } = require(${JSON.stringify(join(path, 'testing/index.js'))});
const exporter = inMemoryExporter();
exports.tracer = createTracer({ exporter, serviceName: 'shop', flushOnExit: false });
exports.query = function query(text) { beginQuery('pg', 'postgresql', text)?.end(); };
exports.queryLater = async function queryLater(text) {
  await null;
  await (async () => { await null; exports.query(text); })();
};
exports.print = () => {
  const spans = exporter.spans.filter((span) => span.name !== 'request');
  console.log(JSON.stringify(spans.map(({ attributes: a }) =>
    [a['code.file.path'], a['code.line.number'], a['code.column.number'], a['code.function.name']].filter((part) => part !== undefined))));
};`;

function write(name: string, source: string): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, source);
  return file;
}

interface Run {
  readonly node?: string;
  readonly args?: readonly string[];
  readonly mode?: string;
}

/** For each span: path, line, column, function. */
function run(file: string, { node = process.execPath, args = [], mode = 'always' }: Run = {}): unknown {
  const output = execFileSync(node, [...args, file], {
    encoding: 'utf8',
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none', WAYMARK_CODE_ATTRIBUTES: mode },
  });
  return JSON.parse(output);
}

const program = `const { tracer, query, queryLater, print } = require('orm');
class Orders {
  find() {
    query('SELECT 1');
  }
}
async function list() {
  await queryLater('SELECT 2');
}
tracer.withSpan('request', async () => {
  new Orders().find();
  await list();
  query('SELECT 3');
}).then(print);
`;

const places = (file: string) => [
  [file, 4, 5, 'Orders.find'],
  [file, 8, 3, 'list'],
  [file, 13, 3],
];

test.each([20, 22, 24, 26])(
  'CommonJS, async functions, on Node %i',
  (major) => {
    const file = write('app.cjs', program);
    expect(run(file, { node: findNode(major) })).toEqual(places(file));
  },
  300_000,
);

test('ES modules have a path, not a URL', () => {
  const file = write(
    'app.mjs',
    program.replace(/const (\{.*\}) = require\('orm'\)/, "import orm from 'orm'; const $1 = orm"),
  );
  expect(run(file)).toEqual(places(file));
});

test('Waymark below node_modules', () => {
  const file = write('installed/app.cjs', program);
  expect(run(file)).toEqual(places(file));
});

test('by default there is none', () => {
  expect(run(write('app.cjs', program), { mode: '' })).toEqual([[], [], []]);
});

test('once for each distinct statement: the line of its first call', () => {
  const file = write(
    'once.cjs',
    `const { tracer, query, print } = require('orm');
tracer.withSpan('request', () => {
  query('SELECT a FROM b WHERE c = 1');
  query('SELECT a FROM b WHERE c = 2');
  query('SELECT d');
});
print();`,
  );
  expect(run(file, { mode: 'true' })).toEqual([
    [file, 3, 3],
    [file, 3, 3],
    [file, 5, 3],
  ]);
});

const typed = `import { tracer, query, print } from 'orm';

interface Order {
  readonly id: number;
}

function find({ id }: Order): void {
  query(\`SELECT \${id}\`);
}

tracer.withSpan('request', () => find({ id: 1 }));
print();
`;

test('TypeScript by tsx', () => {
  const file = write('typed.ts', typed);
  const tsx = createRequire(join(root, 'tests/package.json')).resolve('tsx');
  expect(run(file, { args: [`--import=${pathToFileURL(tsx).href}`] })).toEqual([[file, 8, expect.any(Number), 'find']]);
});

describe('a bundle of application, library and Waymark', () => {
  const bundle = (): string => {
    const outfile = join(folder, 'installed/bundle.cjs');
    const entry = write('installed/typed.ts', typed);
    buildSync({ entryPoints: [entry], bundle: true, platform: 'node', outfile, sourcemap: true, logLevel: 'error' });
    return outfile;
  };

  test('has the line of the source, by its source map', () => {
    expect(run(bundle(), { args: ['--enable-source-maps'] })).toEqual([
      [join(folder, 'installed/typed.ts'), 8, expect.any(Number), 'find'],
    ]);
  });

  test('has none without source maps, rather than one of the library', () => {
    expect(run(bundle())).toEqual([[]]);
  });
});

test("the application's settings of Error stay as they are, and are not called", () => {
  const file = write(
    'own.cjs',
    `const { tracer, query, print } = require('orm');
let calls = 0;
const prepare = () => { calls++; throw new Error('mine'); };
Error.prepareStackTrace = prepare;
Error.stackTraceLimit = 0;
tracer.withSpan('request', () => query('SELECT 1'));
if (Error.prepareStackTrace !== prepare || Error.stackTraceLimit !== 0 || calls !== 0) throw 'changed';
delete Error.prepareStackTrace;
delete Error.stackTraceLimit;
tracer.withSpan('request', () => query('SELECT 1'));
if ('stackTraceLimit' in Error || Object.hasOwn(Error, 'prepareStackTrace')) throw 'changed';
let reads = 0;
Object.defineProperty(Error, 'prepareStackTrace', { configurable: true, get() { reads++; }, set() { reads++; } });
tracer.withSpan('request', () => query('SELECT 1'));
if (reads !== 0) throw 'called';
delete Error.prepareStackTrace;
Object.freeze(Error);
tracer.withSpan('request', () => query('SELECT 1'));
print();`,
  );
  expect(run(file)).toEqual([[file, 6, 34], [file, 10, 34], [], []]);
});
