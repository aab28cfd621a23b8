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
  const [before, after] = await Promise.all([drive(from, 'before', count), drive(from, 'after', count)]);
  expect(after.spans).toHaveLength(count);
  expect(after.seen).toEqual(before.seen);
  // Waymark's tree in the words of the other tracer, which may lack kinds and events, and adds attributes.
  const theirs = outline(before.spans, before.spans);
  const ours = outline(after.spans, before.spans);
  expect(ours).toEqual(theirs);
});

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

async function drive(from: string, side: 'before' | 'after', count: number): Promise<Outcome> {
  const environment = Object.entries(process.env).filter(
    ([name]) => !/^(?:OTEL_|DD_|SENTRY_|NODE_OPTIONS|JEST_)/.test(name),
  );
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--require=esbuild-register',
      '--conditions=@waymark/source',
      join(folder, 'drive.cjs'),
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
