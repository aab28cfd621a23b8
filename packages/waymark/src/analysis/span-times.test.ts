import { sketchTrace } from '../../test/sketch-trace.ts';
import { analyseTrace } from './analyse-trace.ts';
import { statistics } from './statistics.ts';
import { toOutline } from './to-outline.ts';

function analyse(drawing: string) {
  const outline = toOutline(sketchTrace(drawing));
  const analysis = analyseTrace(outline);
  const nameAt = (span: number) => outline.names[outline.nameOf[span] as number] as string;
  const byName = (column: Float64Array) =>
    Object.fromEntries([...column].map((ms, span) => [nameAt(span), Math.round(ms * 1e6) / 1e6]));
  return {
    outline,
    analysis,
    self: byName(analysis.selfMs),
    critical: byName(analysis.criticalMs),
    path: analysis.criticalPath.map(({ span, startMs, endMs }) => `${nameAt(span)} ${startMs}-${endMs}`),
    gaps: analysis.gaps.map(({ span, startMs, endMs }) => `${nameAt(span)} ${startMs}-${endMs}`),
    findings: analysis.findings.map((finding) => ({
      ...finding,
      ...('spans' in finding && { spans: finding.spans.map(nameAt) }),
      ...('span' in finding && { span: nameAt(finding.span) }),
    })),
    nameAt,
  };
}

describe('self time', () => {
  test('is the time that no child covers; overlapping children count once', () => {
    const { self } = analyse(`
      a server root 0-100
        a internal one 10-40
        a internal two 30-50
        a internal three 35-38
    `);
    expect(self).toEqual({ root: 60, one: 30, two: 20, three: 3 });
  });

  test('counts a child only within its parent', () => {
    const { self } = analyse(`
      a server root 0-100
        a internal out 90-150
        a internal after 200-210
    `);
    expect(self).toEqual({ root: 90, out: 60, after: 10 });
  });

  test('of a span without duration, or with a negative one, is zero', () => {
    const { self } = analyse(`
      a server root 0-10
        a internal none 5-5
        a internal negative 5-2
          a internal below 3-4
    `);
    expect(self).toEqual({ root: 10, none: 0, negative: 0, below: 1 });
  });
});

describe('the critical path', () => {
  test('follows, from the end back, the span that finished last', () => {
    const { path, critical } = analyse(`
      a server root 0-100
        a internal first 10-30
        a internal beside 15-70
          a internal deep 20-60
        a internal last 75-95
    `);
    expect(path).toEqual([
      'root 0-15',
      'beside 15-20',
      'deep 20-60',
      'beside 60-70',
      'root 70-75',
      'last 75-95',
      'root 95-100',
    ]);
    expect(critical).toEqual({ root: 25, first: 0, beside: 15, deep: 40, last: 20 });
  });

  test('goes through calls that follow one another, even if clocks are rounded', () => {
    const { path } = analyse(`
      a server root 0-30
        a client one 0-10.001
        a client two 10-20.001
        a client three 20-30
    `);
    expect(path).toEqual(['one 0-10', 'two 10-20', 'three 20-30']);
  });

  test("has only the part of another service's work that the caller waited for", () => {
    const { path } = analyse(`
      a server root 0-100
        a client call 20-60
          b server handle 25-80
    `);
    expect(path).toEqual(['root 0-20', 'call 20-25', 'handle 25-60', 'root 60-100']);
  });

  test('goes through work that ends after its parent, if the trace ends with it', () => {
    const { path } = analyse(`
      a server root 0-100
        a internal before 10-70
        a internal background 80-500
          a client mail 90-450
    `);
    expect(path).toEqual([
      'root 0-10',
      'before 10-70',
      'root 70-80',
      'background 80-90',
      'mail 90-450',
      'background 450-500',
    ]);
  });

  test('goes from a consumer back to the producer, and has no span for the time in the queue', () => {
    const { path, analysis } = analyse(`
      a server root 0-100
        a producer send 10-20
          b consumer handle 150-200
            b client query 160-190
    `);
    expect(path).toEqual([
      'root 0-10',
      'send 10-20',
      'undefined 20-150',
      'handle 150-160',
      'query 160-190',
      'handle 190-200',
    ]);
    expect(analysis.criticalPath[2]?.span).toBe(-1);
  });

  test('goes through siblings that overlap by microseconds, but not through those that ran in parallel', () => {
    const { path } = analyse(`
      a server root 0-30
        a internal one 0-10.4
        a internal two 10-20.003
        a internal beside 5-24
        a internal three 20-30
    `);
    expect(path).toEqual(['one 0-10', 'two 10-20', 'three 20-30']);
  });

  test('goes from one root to the next, and begins with the first span', () => {
    const { path } = analyse(`
      a server short 0-10 ^ff
      b server long 15-50 ^fe
    `);
    expect(path).toEqual(['short 0-10', 'undefined 10-15', 'long 15-50']);
  });

  test('follows a child whose clock says that it starts before its parent', () => {
    const { path } = analyse(`
      a client call 10-20
        b server early 5-15
    `);
    // With corrected clocks: both last 10 ms, so the server ran from 10 to 20. The trace starts with the early span as
    // it was sent.
    expect(path).toEqual(['early 5-15']);
  });

  test('exists for a trace whose first span is below a later span, and took no time', () => {
    const { path } = analyse(`
      a client call 10-20
        b consumer none 5-5
    `);
    expect(path).toEqual(['undefined 0-5', 'call 5-15']);
  });
});

describe('gaps', () => {
  test('are parts without children of at least 10 ms and a tenth of the trace, the longest first', () => {
    const { gaps } = analyse(`
      a server root 0-100
        a internal one 10-40
        a internal two 75-90.001
    `);
    expect(gaps).toEqual(['root 40-75', 'root 0-10']);
  });

  test('are not reported for a span without children, nor for calls', () => {
    const { gaps } = analyse(`
      a server root 0-100
        a internal leaf 0-100
        a client call 0-100
          b server handle 50-100
    `);
    expect(gaps).toEqual([]);
  });

  test('are compared with the duration of the whole trace', () => {
    const drawing = (end: number) => `
      a server root 0-${end}
        a internal one 20-${end}
    `;
    expect(analyse(drawing(200)).gaps).toEqual(['root 0-20']);
    expect(analyse(drawing(201)).gaps).toEqual([]);
  });
});

describe('odd times', () => {
  test('a child that ends after its parent in the same service is reported', () => {
    const { findings } = analyse(`
      a server root 0-100
        a internal background 10-500
        a internal settles 20-100.9
    `);
    expect(findings).toEqual([{ kind: 'outlives-parent', span: 'background' }]);
  });

  test('a service whose clock is 5 s ahead is reported, with the offset', () => {
    const { findings } = analyse(`
      a server root 0-100
        a client call 10-50
          b server handle 5020-5040
        a client other 60-70
          b server quick 5064-5066
    `);
    expect(findings).toEqual([
      { kind: 'clock-skew', service: 1, parentService: 0, offsetMs: 5000, spans: ['handle', 'quick'] },
    ]);
  });

  test('a service whose clock is behind is reported', () => {
    const { findings } = analyse(`
      a server root 100-200
        a client call 110-150
          b server handle 20-40
    `);
    expect(findings).toEqual([
      {
        kind: 'clock-skew',
        service: expect.any(Number),
        parentService: expect.any(Number),
        offsetMs: -100,
        spans: ['handle'],
      },
    ]);
  });

  test.each([
    ['a call whose span ends with the headers', 'a client call 10-20\n  b server stream 12-90'],
    ['a server that records its end late', 'a client call 10-20\n  b server handle 15-24'],
    ['a message that is handled later', 'a producer send 10-20\n  b consumer handle 500-600'],
    ['clocks with a resolution of a millisecond', 'a client call 10-20\n  b server handle 9-20.9'],
    ['work of the same service', 'a internal step 10-20\n  a server handle 8-15'],
  ])('%s is not reported as a clock that is off', (_, drawing) => {
    expect(analyse(drawing).findings).toEqual([]);
  });
});

test('errors began where a span failed and none of its children did', () => {
  const { analysis, nameAt } = analyse(`
    a server root 0-100 !
      a client call 10-50 !
        b server handle 20-30 !
      a internal fine 60-70
      a internal also 70-80 !
  `);
  expect(analysis.errorOrigins.map(nameAt)).toEqual(['handle', 'also']);
});

test('statistics add up by operation, ordered by self time', () => {
  const { outline, analysis, nameAt } = analyse(`
    a server root 0-100
      a client query 10-20
      a client query 30-60 !
  `);
  const rows = statistics(outline, analysis).map(({ name, slowest, ...row }) => ({
    ...row,
    name: outline.names[name],
    slowest: outline.startMs[slowest],
    root: nameAt(0),
  }));
  expect(rows).toEqual([
    {
      name: 'root',
      kind: 2,
      service: 0,
      count: 1,
      errorCount: 0,
      totalMs: 100,
      selfMs: 60,
      criticalMs: 60,
      maxMs: 100,
      slowest: 0,
      root: 'root',
    },
    {
      name: 'query',
      kind: 3,
      service: 0,
      count: 2,
      errorCount: 1,
      totalMs: 40,
      selfMs: 40,
      criticalMs: 40,
      maxMs: 30,
      slowest: 30,
      root: 'root',
    },
  ]);
});
