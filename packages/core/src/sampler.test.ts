import fc from 'fast-check';
import { createTracer } from './create-tracer.ts';
import { WaymarkError } from './errors.ts';
import { internalsOf } from './internal-tracer.ts';
import { PassingSpan } from './passing-span.ts';
import { parseTracestate, TraceState } from './propagation/tracestate.ts';
import { RecordingSpan } from './recording-span.ts';
import {
  alwaysOffSampler,
  alwaysOnSampler,
  type ParentBasedOptions,
  parentBasedSampler,
  type Sampler,
  type SamplerFunction,
  type SamplingInput,
  traceIdRatioSampler,
} from './sampler.ts';
import type { Span } from './span.ts';
import type { SpanContextInput } from './span-context.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';
import { TraceIdentity } from './trace-identity.ts';
import type { Tracer } from './tracer.ts';
import { ignoredSpan } from './untraced.ts';

function tracerWith(sampler: Sampler | SamplerFunction): Tracer {
  return createTracer({ sampler, exporter: inMemoryExporter(), logLevel: 'none', flushOnExit: false, env: {} });
}

const spanId = '00f067aa0ba902b7';

/** A trace id whose right-most 56 bits are these 14 digits. */
const traceIdWith = (randomness: string) => `${'1'.repeat(18)}${randomness}`;

/** What became of a child of a remote span: whether it is sampled, and with which tracestate. */
function decide(sampler: Sampler | SamplerFunction, parent: SpanContextInput): { sampled: boolean; state: string } {
  const span = tracerWith(sampler).startSpan('s', { parent });
  return { sampled: span.isRecording(), state: span.spanContext().traceState?.serialize() ?? '' };
}

describe('the ratio sampler', () => {
  // Threshold = (1 - ratio) x 2^56, as OpenTelemetry's specification of consistent probability sampling has it.
  test.each([
    [1, '0'],
    [0.75, '4'],
    [0.5, '8'],
    [0.25, 'c'],
    [0.1, 'e6666666666666'],
    [0.01, 'fd70a3d70a3d71'],
    [2 ** -20, 'fffff'],
    [2 ** -56, 'ffffffffffffff'],
    [1e-300, 'ffffffffffffff'],
  ])('keeps %d of all traces by the threshold %s, and nothing on the other side of it', (ratio, threshold) => {
    const sampler = traceIdRatioSampler(ratio);
    const least = BigInt(`0x${threshold.padEnd(14, '0')}`);
    const randomness = (value: bigint) => value.toString(16).padStart(14, '0');
    expect(decide(sampler, { traceId: traceIdWith(randomness(least)), spanId })).toEqual({
      sampled: true,
      state: `ot=th:${threshold}`,
    });
    if (least === 0n) return;
    expect(decide(sampler, { traceId: traceIdWith(randomness(least - 1n)), spanId })).toEqual({
      sampled: false,
      state: '',
    });
  });

  test('keeps none at 0, and all at 1', () => {
    for (const randomness of ['00000000000000', '80000000000000', 'ffffffffffffff']) {
      const parent = { traceId: traceIdWith(randomness), spanId };
      expect(decide(traceIdRatioSampler(0), parent)).toEqual({ sampled: false, state: '' });
      expect(decide(traceIdRatioSampler(1), parent)).toEqual({ sampled: true, state: 'ot=th:0' });
    }
  });

  test('uses only the right-most 56 bits', () => {
    const sampler = traceIdRatioSampler(0.5);
    expect(decide(sampler, { traceId: `${'f'.repeat(18)}7fffffffffffff`, spanId }).sampled).toBe(false);
    expect(decide(sampler, { traceId: `${'0'.repeat(18)}80000000000000`, spanId }).sampled).toBe(true);
  });

  test('uses explicit randomness in tracestate, and keeps it there', () => {
    const sampler = traceIdRatioSampler(0.5);
    const parent = (rv: string, randomness: string) => ({
      traceId: traceIdWith(randomness),
      spanId,
      traceState: `ot=rv:${rv},a=1`,
    });
    expect(decide(sampler, parent('80000000000000', '00000000000000'))).toEqual({
      sampled: true,
      state: 'ot=th:8;rv:80000000000000,a=1',
    });
    expect(decide(sampler, parent('7fffffffffffff', 'ffffffffffffff'))).toEqual({
      sampled: false,
      state: 'ot=rv:7fffffffffffff,a=1',
    });
  });

  test("uses the trace id if the randomness in tracestate is malformed, or another vendor's", () => {
    const sampler = traceIdRatioSampler(0.5);
    for (const traceState of ['ot=rv:8', 'ot=x:1', 'rv=80000000000000']) {
      expect(decide(sampler, { traceId: traceIdWith('00000000000000'), spanId, traceState }).sampled).toBe(false);
      expect(decide(sampler, { traceId: traceIdWith('80000000000000'), spanId, traceState }).sampled).toBe(true);
    }
  });

  test("replaces a caller's threshold, and removes it if the span is not sampled", () => {
    const sampler = traceIdRatioSampler(0.5);
    const parent = (randomness: string, traceState: string) => ({
      traceId: traceIdWith(randomness),
      spanId,
      traceState,
    });
    expect(decide(sampler, parent('80000000000000', 'a=1,ot=th:0'))).toEqual({ sampled: true, state: 'ot=th:8,a=1' });
    expect(decide(sampler, parent('7fffffffffffff', 'a=1,ot=th:0'))).toEqual({ sampled: false, state: 'a=1' });
    expect(decide(sampler, parent('7fffffffffffff', 'ot=th:0'))).toEqual({ sampled: false, state: '' });
  });

  test('keeps a superset where it keeps more: services with different ratios agree', () => {
    const ratio = fc.double({ min: 0, max: 1, noNaN: true });
    const id = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 14, maxLength: 14 });
    fc.assert(
      fc.property(ratio, ratio, id, (one, other, randomness) => {
        const [less, more] = one < other ? [one, other] : [other, one];
        const parent = { traceId: traceIdWith(randomness), spanId };
        const keptByLess = decide(traceIdRatioSampler(less), parent).sampled;
        return !keptByLess || decide(traceIdRatioSampler(more), parent).sampled;
      }),
    );
  });

  test('keeps about its share of new traces, and records no threshold on the others', () => {
    const tracer = tracerWith(traceIdRatioSampler(0.25));
    const count = 4000;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const span = tracer.startSpan('s');
      const state = span.spanContext().traceState?.serialize();
      expect(state).toBe(span.isRecording() ? 'ot=th:c' : undefined);
      if (span.isRecording()) kept++;
    }
    // The standard deviation is sqrt(4000 x 1/4 x 3/4) = 27.4: six of them.
    expect(Math.abs(kept - count / 4)).toBeLessThan(165);
  });

  test('shares one tracestate among all traces that start here', () => {
    const tracer = tracerWith(traceIdRatioSampler(1));
    const stateOf = () => tracer.startSpan('s').spanContext().traceState;
    expect(stateOf()).toBe(stateOf());
  });

  test.each([-0.1, 1.1, Number.NaN, Number.POSITIVE_INFINITY, '0.1', undefined, null])('refuses %p', (ratio) => {
    expect(() => traceIdRatioSampler(ratio as number)).toThrow(
      new WaymarkError(
        'WAYMARK_INVALID_SAMPLER',
        `The sampling ratio must be a number from 0 to 1, got ${typeof ratio === 'string' ? `"${ratio}"` : ratio}. Use 0.1 to keep a tenth of all traces.`,
      ),
    );
  });
});

/** A sampler that is recognized by its attribute. */
function marked(name: string, sampled: boolean): SamplerFunction {
  return () => ({ sampled, attributes: { sampler: name } });
}

describe('the parent-based sampler', () => {
  const everyone: ParentBasedOptions = {
    root: marked('root', true),
    remoteParentSampled: marked('remoteParentSampled', true),
    remoteParentNotSampled: marked('remoteParentNotSampled', true),
    localParentSampled: marked('localParentSampled', true),
    localParentNotSampled: marked('localParentNotSampled', true),
  };

  const trace = new TraceIdentity(1, 2, 3, 4, true, undefined);
  const unsampled = new PassingSpan(trace, 1, 2, false, 'unsampled');
  const recording = tracerWith(alwaysOnSampler()).startSpan('parent');
  const remote = (traceFlags: number) => ({ traceId: traceIdWith('0'.repeat(14)), spanId, traceFlags });

  test.each<[string, Span | SpanContextInput | null, string]>([
    ['nobody', null, 'root'],
    ['a remote parent that is sampled', remote(1), 'remoteParentSampled'],
    ['a remote parent that is not', remote(0), 'remoteParentNotSampled'],
    ['a local parent that is sampled', recording, 'localParentSampled'],
    ['a local parent that is not', unsampled, 'localParentNotSampled'],
  ])('calls, below %s, the sampler for it', (_, parent, asked) => {
    const span = tracerWith(parentBasedSampler(everyone)).startSpan('s', { parent });
    expect((span as RecordingSpan).attributes).toEqual(['sampler', asked]);
  });

  test.each<[string, Span | SpanContextInput | null, boolean]>([
    ['nobody', null, true],
    ['a remote parent that is sampled', remote(1), true],
    ['a remote parent that is not', remote(0), false],
    ['a local parent that is sampled', recording, true],
    ['a local parent that is not', unsampled, false],
  ])("follows, below %s, the parent's decision without a sampler for it", (_, parent, sampled) => {
    const asked: string[] = [];
    const root: SamplerFunction = ({ name }) => {
      asked.push(name);
      return true;
    };
    const span = tracerWith(parentBasedSampler({ root })).startSpan('s', { parent });
    expect([span.isRecording(), asked]).toEqual([sampled, parent === null ? ['s'] : []]);
  });

  test("keeps a sampled parent's tracestate, threshold included", () => {
    const sampler = parentBasedSampler({ root: traceIdRatioSampler(0.5) });
    const parent = { ...remote(1), traceState: 'a=1,ot=th:c' };
    expect(decide(sampler, parent)).toEqual({ sampled: true, state: 'a=1,ot=th:c' });
  });

  test('removes the threshold below a parent that is not sampled', () => {
    const parent = { ...remote(0), traceState: 'a=1,ot=th:c;x:1' };
    expect(decide(parentBasedSampler({ root: alwaysOnSampler() }), parent)).toEqual({
      sampled: false,
      state: 'ot=x:1,a=1',
    });
  });

  test('describes itself by its root', () => {
    expect(parentBasedSampler({ root: traceIdRatioSampler(0.5) }).description).toBe(
      'ParentBased{root=TraceIdRatioBased{0.5}}',
    );
    expect(
      parentBasedSampler({
        root: function mine() {
          return true;
        },
      }).description,
    ).toBe('ParentBased{root=Function{mine}}');
  });

  test.each(Object.keys(everyone))('refuses a %s that is not a sampler', (name) => {
    expect(() => parentBasedSampler({ ...everyone, [name]: 0.5 })).toThrow(
      new WaymarkError(
        'WAYMARK_INVALID_SAMPLER',
        `${name} must be a sampler, a function or a name such as always_on, got 0.5. Use alwaysOnSampler() to keep every trace.`,
      ),
    );
  });

  test('takes names, and says which one a misspelt name means', () => {
    const { description } = parentBasedSampler({ root: 'always_off', remoteParentSampled: 'always_on' });
    expect(description).toBe('ParentBased{root=AlwaysOffSampler}');
    expect(parentBasedSampler({ root: { name: 'traceidratio', ratio: 0.5 } }).description).toBe(
      'ParentBased{root=TraceIdRatioBased{0.5}}',
    );
    expect(() => parentBasedSampler({ root: 'alway_on' as never })).toThrow(
      'root must be a sampler, a function or a name such as always_on, got "alway_on". Did you mean always_on?',
    );
  });

  test('refuses a sampler in place of its options', () => {
    expect(() => parentBasedSampler(alwaysOnSampler() as never)).toThrow(WaymarkError);
  });
});

describe('always and never', () => {
  test('do not read the parent', () => {
    for (const traceFlags of [0, 1]) {
      const parent = { traceId: traceIdWith('0'.repeat(14)), spanId, traceFlags, traceState: 'a=1' };
      expect(decide(alwaysOnSampler(), parent)).toEqual({ sampled: true, state: 'a=1' });
      expect(decide(alwaysOffSampler(), parent)).toEqual({ sampled: false, state: 'a=1' });
    }
  });

  test('decide on each child anew', () => {
    const tracer = tracerWith(alwaysOnSampler());
    const trace = new TraceIdentity(1, 2, 3, 4, true, undefined);
    const unsampled = new PassingSpan(trace, 1, 2, false, 'unsampled');
    const child = tracer.startSpan('child', { parent: unsampled }) as RecordingSpan;
    expect([child.isRecording(), child.traceId, child.parentSpanId]).toEqual([
      true,
      unsampled.traceId,
      unsampled.spanId,
    ]);
  });
});

describe('a function', () => {
  test('gets the data that is known at the start', () => {
    const inputs: SamplingInput[] = [];
    const tracer = tracerWith((input) => {
      inputs.push(input);
      return true;
    });
    const traceState = parseTracestate('a=1') ?? TraceState.empty;
    const traceId = traceIdWith('0'.repeat(14));
    const links = [{ context: { traceId, spanId } }];
    tracer.startSpan('first', { parent: null, kind: 'consumer', attributes: { a: 1 }, links });
    tracer.startSpan('second', { parent: { traceId, spanId, traceFlags: 1, traceState } });
    const third = tracer.startSpan('third', { parent: null });
    tracer.startSpan('fourth', { parent: third });
    expect(inputs).toEqual([
      {
        name: 'first',
        kind: 'consumer',
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
        attributes: { a: 1 },
        links,
      },
      {
        name: 'second',
        kind: 'internal',
        traceId,
        parent: { spanId, isSampled: true, isRemote: true },
        attributes: {},
        links: [],
        traceState,
      },
      { name: 'third', kind: 'internal', traceId: third.traceId, attributes: {}, links: [] },
      {
        name: 'fourth',
        kind: 'internal',
        traceId: third.traceId,
        parent: { spanId: third.spanId, isSampled: true, isRemote: false },
        attributes: {},
        links: [],
      },
    ]);
  });

  test('may return attributes, which win over those of the start, and a tracestate', () => {
    const traceState = parseTracestate('b=2') ?? TraceState.empty;
    const tracer = tracerWith(() => ({ sampled: true, attributes: { why: 'vip', a: 2 }, traceState }));
    const span = tracer.startSpan('s', { attributes: { a: 1 } }) as RecordingSpan;
    expect(span.attributes).toEqual(['a', 2, 'why', 'vip']);
    expect(span.spanContext().traceState).toBe(traceState);
  });

  test('may empty the tracestate', () => {
    const parent = { traceId: traceIdWith('0'.repeat(14)), spanId, traceState: 'a=1' };
    expect(decide(() => ({ sampled: true, traceState: TraceState.empty }), parent).state).toBe('');
    expect(decide(() => ({ sampled: true, traceState: undefined }), parent).state).toBe('a=1');
  });

  test("may return another library's tracestate, which is left out if it is malformed", () => {
    const parent = { traceId: traceIdWith('0'.repeat(14)), spanId, traceState: 'a=1' };
    const answer = (text: string) => () => ({ sampled: true, traceState: { serialize: () => text } as TraceState });
    expect(decide(answer('b=2'), parent).state).toBe('b=2');
    expect(decide(answer('not a tracestate'), parent).state).toBe('a=1');
  });

  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('sampler');
      },
    ],
    ['answers nothing', () => undefined],
    ['answers a number', () => 1],
    ['answers a promise', async () => true],
    ['answers null', () => null],
  ])('that %s does not sample, and the fault is counted', (_, sampler) => {
    const tracer = tracerWith(sampler as SamplerFunction);
    const span = tracer.startSpan('s');
    expect([span.isRecording(), tracer.stats().diagnostics]).toEqual([false, { 'sampler-failed': 1 }]);
  });

  test('may be a sampler object of the application that throws', () => {
    const tracer = tracerWith({
      description: 'Mine',
      followsLocalParent: false,
      decide() {
        throw new Error('sampler');
      },
    });
    expect([tracer.startSpan('s').isRecording(), tracer.stats().diagnostics]).toEqual([false, { 'sampler-failed': 1 }]);
  });

  test('is called for each span, and under a parent-based sampler once per trace', () => {
    let asked = 0;
    const sampler = () => {
      asked++;
      return false;
    };
    const run = (tracer: Tracer) => tracer.withSpan('a', () => tracer.withSpan('b', () => tracer.startSpan('c')));
    run(tracerWith(sampler));
    expect(asked).toBe(3);
    asked = 0;
    run(tracerWith(parentBasedSampler({ root: sampler })));
    expect(asked).toBe(1);
  });
});

describe('the decision', () => {
  test('comes before any other work: an input that is not read is not made', () => {
    const tracer = tracerWith(alwaysOffSampler());
    const options = {
      get attributes(): never {
        throw new Error('attributes were looked at');
      },
      get links(): never {
        throw new Error('links were looked at');
      },
    };
    const span = tracer.startSpan('s', options);
    expect(span).toBeInstanceOf(PassingSpan);
    expect(tracer.stats()).toMatchObject({ started: 0, ended: 0, notSampled: 1 });
  });

  test('is made once for a trace that is not sampled: its children share one span', () => {
    const tracer = tracerWith(parentBasedSampler({ root: alwaysOffSampler() }));
    const root = tracer.startSpan('root');
    expect(tracer.startSpan('child', { parent: root })).toBe(root);
    expect(tracer.stats().notSampled).toBe(1);
  });

  test('is not made below an ignored request', () => {
    const tracer = tracerWith(() => {
      throw new Error('asked');
    });
    const ignored = ignoredSpan(undefined, internalsOf(tracer));
    expect(tracer.startSpan('child', { parent: ignored })).toBe(ignored);
    expect(tracer.stats().diagnostics).toEqual({});
  });

  test('makes a span that is recorded, or one that only passes', () => {
    expect(tracerWith(() => true).startSpan('s')).toBeInstanceOf(RecordingSpan);
    expect(tracerWith(() => false).startSpan('s')).toBeInstanceOf(PassingSpan);
  });
});
