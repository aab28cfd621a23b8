import { sketchTrace } from '../../test/sketch-trace.ts';
import type { Span } from '../model/span.ts';
import { analyseTrace } from './analyse-trace.ts';
import { toOutline } from './to-outline.ts';

function analyse(drawing: string, change: (span: Span, index: number) => Span = (span) => span) {
  const outline = toOutline(sketchTrace(drawing).map(change));
  const analysis = analyseTrace(outline);
  const nameAt = (span: number) => outline.names[outline.nameOf[span] as number] as string;
  const firstMs = analysis.firstMs;
  const rounded = (ms: number) => Math.round((ms - firstMs) * 1e3) / 1e3;
  return {
    analysis,
    /** Milliseconds after the first start. */
    times: Object.fromEntries(
      outline.spanIds.map((_, span) => [
        nameAt(span),
        `${rounded(analysis.startMs[span] as number)}-${rounded(analysis.endMs[span] as number)}`,
      ]),
    ),
    offsets: Object.fromEntries(
      outline.spanIds.map((_, span) => [
        nameAt(span),
        Math.round((analysis.clockOffsetMs[span] as number) * 1e3) / 1e3,
      ]),
    ),
    order: [...analysis.order].map(nameAt),
    path: analysis.criticalPath.map(
      ({ span, startMs, endMs }) => `${nameAt(span)} ${rounded(startMs)}-${rounded(endMs)}`,
    ),
    self: Object.fromEntries([...analysis.selfMs].map((ms, span) => [nameAt(span), Math.round(ms * 1e3) / 1e3])),
    findings: analysis.findings.map((finding) =>
      'spans' in finding ? { ...finding, spans: finding.spans.map(nameAt) } : finding,
    ),
  };
}

describe('a clock that is off', () => {
  test('by two hours is corrected: times, order, path and self time are those of one clock', () => {
    const { times, offsets, order, path, self, analysis } = analyse(`
      a server root 7200000-7200100
        a client call 7200010-7200050
          b server handle 20-40
            b internal inner 25-35
        a client other 7200060-7200070
          b server quick 64-66
    `);
    // The calls allow offsets from -7199996 to -7200006: the middle of -7199996 and -7200004.
    expect(times).toEqual({
      root: '0-100',
      call: '10-50',
      handle: '20-40',
      inner: '25-35',
      other: '60-70',
      quick: '64-66',
    });
    expect(offsets).toEqual({ root: 0, call: 0, handle: -7200000, inner: -7200000, other: 0, quick: -7200000 });
    expect(order).toEqual(['root', 'call', 'handle', 'inner', 'other', 'quick']);
    expect(path.join()).toBe(
      'root 0-10,call 10-20,handle 20-25,inner 25-35,handle 35-40,call 40-50,root 50-60,other 60-64,quick 64-66,other 66-70,root 70-100',
    );
    expect(self).toEqual({ root: 50, call: 20, handle: 10, inner: 10, other: 8, quick: 2 });
    expect(analysis.durationMs).toBeCloseTo(100);
  });

  test('along a chain of calls is corrected step by step', () => {
    const { times, offsets } = analyse(`
      a server root 0-100
        a client call 10-90
          b server one 120-180
            b client next 130-170
              c server two 110-130
    `);
    expect(times).toEqual({ root: '0-100', call: '10-90', one: '20-80', next: '30-70', two: '40-60' });
    expect(offsets).toEqual({ root: 0, call: 0, one: 100, next: 100, two: 70 });
  });

  test('does not move calls back to the first service', () => {
    const { offsets } = analyse(`
      a server root 0-100
        a client call 10-90
          b server one 120-180
            b client next 130-170
              a server again 40-60
    `);
    expect(offsets).toEqual({ root: 0, call: 0, one: 100, next: 100, again: 0 });
  });

  test('of one instance of a service leaves the other instances alone', () => {
    const { offsets } = analyse(
      `
      a server root 0-100
        a client call 10-30
          b server good 15-25
        a client other 40-60
          b server bad 5045-5055
      `,
      (span) => ({
        ...span,
        resource: {
          ...span.resource,
          attributes: {
            ...span.resource.attributes,
            'service.instance.id': span.name === 'bad' ? 'two' : 'one',
          },
        },
      }),
    );
    expect(offsets).toEqual({ root: 0, call: 0, good: 0, other: 0, bad: 5000 });
  });

  test('in a call that the common offset does not explain is corrected for that call, in its middle', () => {
    const { offsets, findings } = analyse(`
      a server root 0-100
        a client call 10-30
          b server good 15-25
        a client other 40-60
          b server bad 5045-5055
            b internal below 5046-5047
    `);
    expect(offsets).toEqual({ root: 0, call: 0, good: 0, other: 0, bad: 5000, below: 5000 });
    expect(findings).toMatchObject([{ kind: 'clock-skew', offsetMs: 5000, spans: ['bad'] }]);
  });

  test('in a server span longer than its client span is corrected to the start of the client', () => {
    const { times } = analyse(`
      a client call 10-20
        b server handle 2-30
    `);
    expect(times).toEqual({ call: '0-10', handle: '0-28' });
  });

  test.each([
    ['a consumer that starts later', 'a producer send 10-20\n  b consumer handle 500-600'],
    ['a consumer that starts earlier', 'a producer send 10-20\n  b consumer handle 0-5'],
    ['a consumer below a server', 'a server root 10-20\n  b consumer handle 500-600'],
    ['a step of another service', 'a server root 10-20\n  b internal step 500-600'],
    ['a server that outlasts its client', 'a client call 10-20\n  b server stream 12-90'],
    ['a server that began after the client had given up', 'a client call 10-20\n  b server late 25-60'],
    ['a server below a client of the same service', 'a client call 10-20\n  a server handle 50-55'],
    ['a client without an end', 'a client call 10-?\n  b server handle 12-20'],
  ])('is not assumed for %s', (_, drawing) => {
    const { analysis, findings } = analyse(drawing);
    expect([...analysis.clockOffsetMs]).toEqual([0, 0]);
    expect(findings.filter((finding) => finding.kind === 'clock-skew')).toEqual([]);
  });

  test('is corrected behind a queue by the calls of that service', () => {
    const { offsets } = analyse(`
      a server root 0-100
        a client call 10-50
          b server handle 5020-5040
        a producer send 60-61
          b consumer job 5070-5090
    `);
    expect(offsets).toEqual({ root: 0, call: 0, handle: 5000, send: 0, job: 5000 });
  });
});

describe('a span without an end', () => {
  test('ends with the last span below it, and is a finding', () => {
    const { times, path, findings, self } = analyse(`
      a server root 0-?
        a internal one 10-40
        a internal two 50-80
    `);
    expect(times).toEqual({ root: '0-80', one: '10-40', two: '50-80' });
    expect(path).toEqual(['root 0-10', 'one 10-40', 'root 40-50', 'two 50-80']);
    expect(self).toEqual({ root: 20, one: 30, two: 30 });
    expect(findings).toEqual([{ kind: 'unfinished', spans: ['root'] }]);
  });

  test('without spans below it takes no time', () => {
    const { times, findings } = analyse(`
      a server root 0-100
        a client open 20-?
        a client also 30-?
    `);
    expect(times).toEqual({ root: '0-100', open: '20-20', also: '30-30' });
    expect(findings).toEqual([{ kind: 'unfinished', spans: ['open', 'also'] }]);
  });
});

test('the lowest and highest times of OTLP are analysed', () => {
  const times = [
    ['1', '18446744073709551615'],
    ['9223372036854775808', '0'],
    ['18446744073709551615', '1'],
  ];
  const spans = sketchTrace(`
    a server root 0-1
      a client call 0-1
        b server handle 0-1
  `).map((span, index) => ({
    ...span,
    startTimeUnixNano: times[index]?.[0] as string,
    endTimeUnixNano: times[index]?.[1] as string,
  }));
  const analysis = analyseTrace(toOutline(spans));
  expect(analysis.durationMs).toBeCloseTo(18446744073709, -3);
  expect([...analysis.selfMs].every(Number.isFinite)).toBe(true);
});
