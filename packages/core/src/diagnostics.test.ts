import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { buildSync } from 'esbuild';
import { currentContext, runOutsideContext, withContext } from './active-context.ts';
import { Context } from './context.ts';
import { createDiagnostics, type DiagnosticsOptions, type InternalDiagnostics } from './diagnostics.ts';

function collect(options: DiagnosticsOptions = {}): { diagnostics: InternalDiagnostics; lines: string[] } {
  const lines: string[] = [];
  return { diagnostics: createDiagnostics({ write: (line) => lines.push(line), ...options }), lines };
}

const invalidLink = 'waymark warn: links without a valid span context were left out';

test('reports the first fault of a kind at once, and the number of the others when the interval is over', () => {
  let now = 0;
  const { diagnostics, lines } = collect({ intervalMs: 1000, monotonicMs: () => now });
  diagnostics.count('invalid-link');
  diagnostics.count('invalid-link');
  now = 999;
  diagnostics.count('invalid-link');
  expect(lines).toEqual([invalidLink]);
  now = 1000;
  diagnostics.count('invalid-link');
  diagnostics.count('invalid-link');
  now = 2000;
  diagnostics.count('invalid-link');
  expect(lines).toEqual([invalidLink, `${invalidLink} (3 more, 4 in all)`, `${invalidLink} (2 more, 6 in all)`]);
  expect(diagnostics.counts()).toEqual({ 'invalid-link': 6 });
});

test('reports waiting faults when the interval is over, without another fault', async () => {
  const lines: string[] = [];
  const { diagnostics } = collect({ intervalMs: 20, write: (line) => lines.push(line) });
  const until = async (count: number): Promise<void> => {
    while (lines.length < count) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  diagnostics.count('invalid-link'); // once: no fault waits any more
  for (let count = 0; count < 3; count++) diagnostics.count('hook-failed', `failure ${count}`);
  await until(3);
  for (let count = 3; count < 5; count++) diagnostics.count('hook-failed', `failure ${count}`);
  await until(4);
  const hookFailed = 'waymark warn: a function passed to Waymark threw, and its result was ignored';
  expect(lines).toEqual([
    invalidLink,
    `${hookFailed}: failure 0`,
    `${hookFailed}: failure 2 (2 more, 3 in all)`,
    `${hookFailed}: failure 4 (2 more, 5 in all)`,
  ]);
});

test('reports the losses that wait when reportLosses() is called, once, and no other faults', () => {
  const { diagnostics, lines } = collect();
  for (let count = 0; count < 3; count++) {
    diagnostics.count('invalid-link');
    diagnostics.count('export-failed', 'refused');
  }
  diagnostics.reportLosses();
  diagnostics.reportLosses();
  const exportFailed = 'waymark warn: spans could not be delivered: refused';
  expect(lines).toEqual([invalidLink, exportFailed, `${exportFailed} (2 more, 3 in all)`]);
});

test('counts several at once', () => {
  const { diagnostics, lines } = collect();
  diagnostics.count('span-dropped', 'queue-full', 512);
  diagnostics.count('span-dropped', 'queue-full', 8);
  diagnostics.reportLosses();
  expect(lines).toEqual([
    'waymark warn: spans were dropped: queue-full (512 in all)',
    'waymark warn: spans were dropped: queue-full (8 more, 520 in all)',
  ]);
  expect(diagnostics.counts()).toEqual({ 'span-dropped': 520 });
});

test('reports each kind separately', () => {
  const { diagnostics, lines } = collect();
  diagnostics.count('invalid-link');
  diagnostics.count('sampler-failed', new Error('no'));
  diagnostics.count('sampler-failed', new Error('no'));
  expect(lines).toEqual([invalidLink, 'waymark warn: the sampler threw, so the span was not sampled: no']);
  expect(diagnostics.counts()).toEqual({ 'invalid-link': 1, 'sampler-failed': 2 });
});

test('has no counts at first', () => {
  expect(collect().diagnostics.counts()).toEqual({});
});

describe('a detail', () => {
  const detailOf = (detail: unknown) => {
    const { diagnostics, lines } = collect();
    diagnostics.count('hook-failed', detail);
    return lines[0]?.replace('waymark warn: a function passed to Waymark threw, and its result was ignored: ', '');
  };

  test.each([
    ['a text', 'a text'],
    [5, '5'],
    [null, 'null'],
    [Symbol('a'), 'Symbol(a)'],
    [new Error('no'), 'no'],
    [Object.assign(new Error('no'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED no'],
    [Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }), 'connect ECONNREFUSED'],
    [Object.assign(new Error('no'), { code: 5 }), 'no'],
  ])('is written of %p as %j', (detail, written) => {
    expect(detailOf(detail)).toBe(written);
  });

  test('may be a value that throws when it is read', () => {
    const error = new Error('no');
    Object.defineProperty(error, 'message', {
      get() {
        throw new Error('getter');
      },
    });
    expect(detailOf(error)).toBe('an error that cannot be described');
    expect(detailOf(Object.create(null))).toBe('(a value without a text)');
  });

  test('is cut if it is long', () => {
    expect(detailOf('x'.repeat(500))).toBe('x'.repeat(500));
    expect(detailOf('x'.repeat(501))).toBe(`${'x'.repeat(500)}…`);
  });

  test('cannot move the cursor, forge a line or reverse the string', () => {
    expect(detailOf('a\r\nwaymark error: b\u001b[2J\u0000\u007f\u009b\u2028\u202e\u2066')).toBe(
      'a\\u000d\\u000awaymark error: b\\u001b[2J\\u0000\\u007f\\u009b\\u2028\\u202e\\u2066',
    );
  });
});

test.each([
  ['none', []],
  ['error', []],
  ['warn', ['waymark warn: w']],
  ['info', ['waymark warn: w', 'waymark info: i']],
  ['debug', ['waymark warn: w', 'waymark info: i', 'waymark debug: d']],
  ['verbose', ['waymark warn: w', 'waymark info: i', 'waymark debug: d']],
  ['all', ['waymark warn: w', 'waymark info: i', 'waymark debug: d']],
] as const)('writes at level %s messages that are as severe or more', (level, expected) => {
  const { diagnostics, lines } = collect({ level });
  diagnostics.note('warn', 'w');
  diagnostics.note('info', 'i');
  diagnostics.note('debug', 'd');
  expect(lines).toEqual(expected);
});

test('counts also at level none', () => {
  const { diagnostics, lines } = collect({ level: 'none' });
  diagnostics.count('invalid-link');
  expect([lines, diagnostics.counts()]).toEqual([[], { 'invalid-link': 1 }]);
});

test('publishes its messages, also at level none', () => {
  const messages: unknown[] = [];
  const listener = (message: unknown) => messages.push(message);
  subscribe('waymark.diagnostics', listener);
  try {
    const { diagnostics } = collect({ level: 'none' });
    diagnostics.count('invalid-link');
    diagnostics.count('invalid-link');
    diagnostics.note('info', 'hello');
  } finally {
    unsubscribe('waymark.diagnostics', listener);
  }
  expect(messages).toEqual([
    { level: 'warn', message: 'links without a valid span context were left out', reason: 'invalid-link', count: 1 },
    { level: 'info', message: 'hello' },
  ]);
});

test('survives a writer that throws', () => {
  const diagnostics = createDiagnostics({
    write() {
      throw new Error('disk full');
    },
  });
  diagnostics.count('invalid-link');
  diagnostics.note('warn', 'w');
  expect(diagnostics.counts()).toEqual({ 'invalid-link': 1 });
});

test('survives a writer that reports a fault itself', () => {
  const lines: string[] = [];
  const diagnostics = createDiagnostics({
    write(line) {
      lines.push(line);
      diagnostics.count('invalid-link');
    },
  });
  diagnostics.count('invalid-link');
  expect([lines, diagnostics.counts()]).toEqual([[invalidLink], { 'invalid-link': 2 }]);
});

describe('standard error', () => {
  const { outputFiles } = buildSync({
    stdin: {
      contents: `
        import { createDiagnostics } from './diagnostics.ts';
        process.stdin.resume().on('end', () => createDiagnostics().note('warn', '100 %s'));`,
      resolveDir: __dirname,
    },
    bundle: true,
    platform: 'node',
    write: false,
  });

  /** A process that says something when its input ends. */
  function speaker(): ChildProcessWithoutNullStreams {
    return spawn(process.execPath, ['-e', outputFiles[0]?.text ?? '']);
  }

  test('gets a line as it is', async () => {
    const child = speaker();
    child.stdin.end();
    expect(await text(child.stderr)).toBe('waymark warn: 100 %s\n');
  });

  test('may be closed, and the process goes on', async () => {
    const child = speaker();
    child.stderr.destroy();
    await once(child.stderr, 'close');
    child.stdin.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

test('leaves no timer in the context of the request that reported, which it would keep in memory', async () => {
  const reported = (runOutside?: (fn: () => void) => void): Promise<(Context | undefined)[]> =>
    new Promise((resolve) => {
      const contexts: (Context | undefined)[] = [];
      const write = (): void => {
        contexts.push(currentContext());
        if (contexts.length === 2) resolve(contexts);
      };
      const diagnostics = createDiagnostics({ write, intervalMs: 200, ...(runOutside && { runOutside }) });
      withContext(request, () => {
        diagnostics.count('invalid-link');
        diagnostics.count('invalid-link');
      });
    });
  const request = new Context(undefined, undefined);
  expect(await reported(runOutsideContext)).toEqual([request, undefined]);
  expect(await reported()).toEqual([request, request]);
});
