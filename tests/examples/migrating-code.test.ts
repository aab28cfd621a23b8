// The code in docs/migrating.md, running: what is written for another tracer, with that tracer, and what replaces it, with Waymark. Both
// must make the same spans.
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const folder = join(__dirname, 'migrating');

interface PlainSpan {
  readonly name: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceId: string;
  /** Sentry has none. */
  readonly kind?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly hasFailed: boolean;
  /** Neither dd-trace nor Sentry has any. */
  readonly events?: readonly string[];
}

interface Outcome {
  readonly seen: Readonly<Record<string, unknown>>;
  readonly spans: readonly PlainSpan[];
}

beforeAll(installTracers, 240_000);

test.each([
  ['opentelemetry', 5],
  ['dd-trace', 4],
  ['sentry', 4],
])('what replaces the code for %s makes the same spans', async (from, count) => {
  const [before, after] = await Promise.all([
    drive(from, from, 'before', count),
    drive('waymark', from, 'after', count),
  ]);
  expectSame(after, before, count);
});

test('the code for OpenTelemetry makes the same spans through the bridge, unchanged', async () => {
  const [before, bridged] = await Promise.all([
    drive('opentelemetry', 'opentelemetry', 'before', 5),
    drive('bridge', 'opentelemetry', 'before', 5),
  ]);
  expectSame(bridged, before, 5);
});

function expectSame(ours: Outcome, theirs: Outcome, count: number): void {
  expect(ours.spans).toHaveLength(count);
  expect(ours.seen).toEqual(theirs.seen);
  // Both in the words of the other tracer, which may lack kinds and events, and adds attributes.
  expect(outline(ours.spans, theirs.spans)).toEqual(outline(theirs.spans, theirs.spans));
}

/** @param model The spans that say which facts can be compared. */
function outline(spans: readonly PlainSpan[], model: readonly PlainSpan[]): string[] {
  const hasKinds = model.some(({ kind }) => kind === 'producer');
  const hasEvents = model.some(({ events }) => events !== undefined);
  return spans.map((span) => {
    const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
    const attributes = ['cart.size', 'order.id'].map((key) => `${key}=${span.attributes[key]}`);
    const facts = [
      span.name,
      parent ? `below ${parent.name}` : 'root',
      span.hasFailed ? 'failed' : 'fine',
      ...attributes,
    ];
    expect(parent === undefined || parent.traceId === span.traceId).toBe(true);
    return [...facts, ...(hasKinds ? [span.kind ?? 'internal'] : []), ...(hasEvents ? (span.events ?? []) : [])].join(
      ', ',
    );
  });
}

async function drive(tracer: string, from: string, side: 'before' | 'after', count: number): Promise<Outcome> {
  const environment = Object.entries(process.env).filter(
    ([name]) => !/^(?:OTEL_|DD_|SENTRY_|NODE_OPTIONS|JEST_)/.test(name),
  );
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--require=esbuild-register',
      '--conditions=@waymark/source',
      join(folder, 'drive.cjs'),
      tracer,
      from,
      side,
      String(count),
    ],
    { env: Object.fromEntries(environment), timeout: 60_000 },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Outcome;
}

/** The other tracers are large, so they are not among the packages that every clone installs. */
function installTracers(): void {
  const manifest = readFileSync(join(folder, 'package.json'), 'utf8');
  const stamp = join(folder, 'node_modules/.installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === manifest) return;
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  execFileSync('npm', ['install', ...options], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32', // npm is a script there, which only a shell can start
  });
  writeFileSync(stamp, manifest);
}
