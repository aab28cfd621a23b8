import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeOnLinux } from '../../../../tests/on-platform.ts';
import { sketchTrace } from '../../test/sketch-trace.ts';
import { runWaymark } from '../../test/waymark-process.ts';
import { startCollector } from '../collector.ts';
import { toOtlpJson } from '../export/to-otlp-json.ts';
import { type ProgressOptions, startProgress } from './progress.ts';

jest.setTimeout(60_000);

function setUp(options: Partial<ProgressOptions> = {}, terminal: object = {}, env = {}) {
  const writes: string[] = [];
  let nowMs = 0;
  const stderr = { isTTY: true, columns: 80, write: (text: string) => writes.push(text), ...terminal };
  const progress = startProgress(
    { stderr: stderr as unknown as NodeJS.WriteStream, env },
    {
      ...{ verb: 'Exporting', unit: 'span', now: () => nowMs },
      ...options,
    },
  );
  return {
    progress,
    writes,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

const line = (text: string) => `\r${text}\u001b[K`;

test('shows how much is done, how fast, and the remaining time', () => {
  const { progress, writes, pass } = setUp();
  progress.setTotal(48_000);
  pass(2000);
  progress.add(12_000);
  pass(2000);
  progress.add(12_000);
  progress.end();
  progress.end();
  expect(writes).toEqual([
    line('Exporting 0 spans'),
    line('Exporting 12,000 of 48,000 spans, 25 %, 6,000 spans/s, 6 s left'),
    line('Exporting 24,000 of 48,000 spans, 50 %, 6,000 spans/s, 4 s left'),
    line(''),
  ]);
});

test('shows the rate of the last seconds', () => {
  const { progress, writes, pass } = setUp({ verb: 'Importing', unit: 'byte' });
  progress.setTotal(100_000_000);
  for (let second = 0; second < 20; second++) {
    pass(1000);
    progress.add(second < 10 ? 100_000 : 4_000_000);
  }
  expect(writes.at(-1)).toBe(line('Importing 41.0 MB of 100.0 MB, 41 %, 4.0 MB/s, 15 s left'));
});

test('draws ten times a second at most, and within the terminal', () => {
  const { progress, writes, pass } = setUp({}, { columns: 30 });
  progress.setTotal(1_000_000);
  for (let count = 0; count < 1000; count++) {
    pass(1);
    progress.add(1000);
  }
  expect(writes.length).toBeLessThanOrEqual(11);
  for (const text of writes) expect(text.length - '\r\u001b[K'.length).toBeLessThanOrEqual(29);
});

test.each([
  ['in a pipe', {}, { isTTY: undefined }, {}],
  ['on a terminal without a cursor', {}, {}, { TERM: 'dumb' }],
  ['where there is no room', { isShown: false }, {}, {}],
])('nothing %s', (_name, options, terminal, env) => {
  const { progress, writes } = setUp(options, terminal, env);
  progress.setTotal(1);
  progress.add(1);
  progress.hide();
  progress.end();
  expect(writes).toEqual([]);
});

/** Runs a command with a terminal of 80 columns as stderr, and a file as stdout. */
function runInTerminal(args: readonly string[], output: string): Promise<{ code: number | null; shown: string }> {
  const source = ['--require', 'esbuild-register', '--conditions=@waymark/source', join(__dirname, '../bin.ts')];
  const quoted = [process.execPath, ...source, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qefc', `stty cols 80; ${quoted} > '${output}'`, '/dev/null'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm' },
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, shown })));
}

// macOS has a script command with other options.
describeOnLinux('the script command of util-linux')('on a real terminal', () => {
  test('export and import show one line within 80 columns, and none in a pipe', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'waymark-progress-'));
    await using collector = await startCollector({ port: 0 });
    try {
      const spans = Array.from({ length: 300 }, (_, index) =>
        sketchTrace('shop server checkout 0-100\n  shop client pay 5-95').map((span) => ({
          ...span,
          traceId: (index + 1).toString(16).padStart(32, '0'),
        })),
      ).flat();
      const file = join(folder, 'traces.json');
      await writeFile(file, JSON.stringify(toOtlpJson(spans)));
      const url = ['--url', collector.url];

      const imported = await runInTerminal(['import', file, ...url], join(folder, 'said'));
      expect(imported.code).toBe(0);
      expect(imported.shown).toMatch(/\rImporting 0\.0 MB of 0\.\d MB, 0 %/);

      const exported = await runInTerminal(['export', ...url], join(folder, 'all.json'));
      expect(exported.code).toBe(0);
      expect(exported.shown).toMatch(/\rExporting \d+ of 600 spans, \d+ %, [\d,]+ spans?\/s, \d+ s left/);
      expect(exported.shown.endsWith('\r\u001b[KExported 300 traces, 600 spans.\r\n')).toBe(true);
      for (const line of exported.shown.replaceAll('\u001b[K', '\n').split(/[\r\n]+/))
        expect(line.length).toBeLessThanOrEqual(79);

      const piped = await runWaymark(['export', '-o', join(folder, 'again.json'), ...url]);
      expect(piped.stderr).toBe('Exported 300 traces, 600 spans.\n');
      expect((await runWaymark(['import', file, ...url])).stderr).toBe('');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
