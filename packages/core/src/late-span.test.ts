import { activeSpan, bind } from './active-context.ts';
import type { Clock } from './clock.ts';
import { createTracer } from './create-tracer.ts';
import { getBaggage, withBaggage } from './current.ts';
import type { TracerOptions } from './options.ts';
import { parentBasedSampler, type SamplingInput, traceIdRatioSampler } from './sampler.ts';
import type { SpanData } from './span-data.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';
import type { Tracer } from './tracer.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

/** A clock that moves when the test says so. */
function handClock(): Clock & { advance(ms: number): void } {
  let nowMs = 1000;
  return {
    wallMs: () => 1_700_000_000_000 + nowMs,
    monotonicMs: () => nowMs,
    advance(ms) {
      nowMs += ms;
    },
  };
}

function setUp(options: TracerOptions = {}) {
  const exporter = inMemoryExporter();
  const clock = handClock();
  const tracer = createTracer({ exporter, clock, env: {}, logLevel: 'none', flushOnExit: false, ...options });
  return { tracer, clock, exporter };
}

/** Runs functions in the context of a request that has ended. */
function afterRequest(tracer: Tracer, parent?: object): (fn: () => void) => void {
  return tracer.withSpan('request', { parent: parent as never }, () => bind((fn: () => void) => fn()));
}

/** Where each span stands: below its parent, or linked, with the mark. */
function drawn(spans: readonly SpanData[]): string[] {
  const nameOf = (id: string) => spans.find((span) => span.spanId === id)?.name ?? 'remote';
  return spans.map(({ name, parentSpanId, links, attributes }) => {
    const below = parentSpanId === undefined ? '' : ` < ${nameOf(parentSpanId)}`;
    const linked = links.map((link) => ` ~ ${nameOf(link.spanId)}`).join('');
    return `${name}${below}${linked}${attributes['waymark.background'] === true ? ' (background)' : ''}`;
  });
}

function traceIdOf(spans: readonly SpanData[], name: string): string | undefined {
  return spans.find((span) => span.name === name)?.traceId;
}

describe('a span in the context of a request that has ended', () => {
  test('starts a new trace with a link to the active span, and its children are below it', () => {
    const { tracer, exporter } = setUp();
    const after = tracer.withSpan('request', () => tracer.withSpan('step', () => bind((fn: () => void) => fn())));
    after(() => tracer.withSpan('late', () => tracer.withSpan('inner', () => {})));
    const { spans } = exporter;
    expect(drawn(spans)).toEqual(['step < request', 'request', 'inner < late', 'late ~ step (background)']);
    expect(traceIdOf(spans, 'late')).not.toBe(traceIdOf(spans, 'request'));
    expect(traceIdOf(spans, 'inner')).toBe(traceIdOf(spans, 'late'));
    expect(spans[3]?.links).toMatchObject([{ traceId: spans[0]?.traceId, attributes: { 'waymark.background': true } }]);
  });

  test('is a trace by itself each time, and so is each that starts in the context of another', () => {
    const { tracer, exporter } = setUp();
    const after = afterRequest(tracer);
    const afterFirst: (fn: () => void) => void = (fn) => {
      after(() => tracer.withSpan('first', () => bind(fn))());
    };
    after(() => tracer.withSpan('second', () => {}));
    afterFirst(() => tracer.withSpan('next', () => {}));
    expect(drawn(exporter.spans)).toEqual([
      'request',
      'second ~ request (background)',
      'first ~ request (background)',
      'next ~ first (background)',
    ]);
    expect(new Set(exporter.spans.map((span) => span.traceId)).size).toBe(4);
  });

  test('starts a new trace also if the caller is in another process', () => {
    const { tracer, exporter } = setUp();
    const after = afterRequest(tracer, { traceId, spanId, traceFlags: 1, traceState: 'congo=1' });
    after(() => tracer.withSpan('late', () => {}));
    expect(drawn(exporter.spans)).toEqual(['request < remote', 'late ~ request (background)']);
    expect(exporter.spans[1]?.traceId).not.toBe(traceId);
    expect(exporter.spans[1]?.traceState).toBeUndefined(); // congo's member is about the other trace
  });

  test('keeps the baggage', () => {
    const { tracer } = setUp();
    const after = withBaggage({ tenant: 'acme' }, () => afterRequest(tracer));
    const seen: unknown[] = [];
    after(() => tracer.withSpan('late', () => seen.push(getBaggage('tenant'))));
    expect(seen).toEqual(['acme']);
  });

  test('has the time of the wall clock', () => {
    const { tracer, clock, exporter } = setUp();
    const after = afterRequest(tracer);
    clock.advance(5000);
    after(() => tracer.withSpan('late', () => {}));
    expect((exporter.spans[1]?.startMs as number) - (exporter.spans[0]?.endMs as number)).toBe(5000);
  });

  test.each<[string, (tracer: Tracer) => object]>([
    ['a span', (tracer) => tracer.startSpan('given', { parent: null })],
    ['ids', () => ({ traceId, spanId, traceFlags: 1 })],
  ])('is below the parent that is given: %s', (_what, parentOf) => {
    const { tracer, exporter } = setUp();
    const after = afterRequest(tracer);
    const parent = parentOf(tracer);
    if ('end' in parent) (parent as { end(): void }).end();
    after(() => tracer.withSpan('late', { parent: parent as never }, () => tracer.withSpan('inner', () => {})));
    const late = exporter.spans.at(-1);
    expect(late?.parentSpanId).toBe((parent as { spanId: string }).spanId);
    expect(late?.links).toEqual([]);
    expect(exporter.spans.at(-2)).toMatchObject({ name: 'inner', traceId: late?.traceId, parentSpanId: late?.spanId });
  });
});

describe('a span is a child while anything around it runs', () => {
  test('below a step that has ended, in a request that has not', () => {
    const { tracer, exporter } = setUp();
    tracer.withSpan('request', () => {
      const afterStep = tracer.withSpan('step', () => bind((fn: () => void) => fn()));
      afterStep(() => tracer.withSpan('late', () => {}));
    });
    expect(drawn(exporter.spans)).toEqual(['step < request', 'late < step', 'request']);
  });

  test('in work that its request does not wait for: that gets the mark, and what it waits for does not', async () => {
    const { tracer, clock, exporter } = setUp();
    let goOn: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const work = tracer.withSpan('request', () => {
      return {
        done: tracer.withSpan('work', async () => {
          await gate;
          await tracer.withSpan('query', async () => clock.advance(10));
        }),
      };
    });
    clock.advance(10);
    goOn();
    await work.done;
    expect(drawn(exporter.spans)).toEqual(['request', 'query < work', 'work < request (background)']);
  });

  test('if it started before the end, although it is reported afterwards', () => {
    const { tracer, clock, exporter } = setUp();
    const startTime = clock.wallMs();
    clock.advance(2);
    const after = tracer.withSpan('request', () => {
      clock.advance(10);
      return bind((fn: () => void) => fn());
    });
    const endTime = clock.wallMs();
    clock.advance(50);
    after(() => {
      tracer.startSpan('call', { startTime }).end(endTime);
      tracer.startSpan('slow call', { startTime: endTime - 0.5 }).end();
      tracer.startSpan('later call', { startTime: endTime }).end();
    });
    expect(drawn(exporter.spans)).toEqual([
      'request',
      'call < request',
      'slow call < request (background)',
      'later call ~ request (background)',
    ]);
  });
});

describe('the mark of a span that outlives its request', () => {
  test.each([
    [1.75, 'step < request'],
    [2, 'step < request (background)'],
  ])('%d ms after the request: %s', (ms, expected) => {
    const { tracer, clock, exporter } = setUp();
    const step = tracer.withSpan('request', () => ({ span: tracer.startSpan('step') })).span;
    clock.advance(ms);
    step.end();
    expect(drawn(exporter.spans)).toEqual(['request', expected]);
  });

  test('is not on a span that outlives a step, if the request goes on', () => {
    const { tracer, clock, exporter } = setUp();
    tracer.withSpan('request', () => {
      const { span } = tracer.withSpan('step', () => ({ span: tracer.startSpan('inner') }));
      clock.advance(10);
      span.end();
    });
    expect(drawn(exporter.spans)).toEqual(['step < request', 'inner < step', 'request']);
  });

  test('is seen by onEnding, which may remove it', () => {
    const seen: unknown[] = [];
    const { tracer, clock, exporter } = setUp({
      onEnding(span) {
        seen.push([span.name, span.getAttribute('waymark.background')]);
        span.removeAttribute('waymark.background');
      },
    });
    const { span } = tracer.withSpan('request', () => ({ span: tracer.startSpan('step') }));
    clock.advance(10);
    span.end();
    expect(seen).toEqual([
      ['request', undefined],
      ['step', true],
    ]);
    expect(drawn(exporter.spans)).toEqual(['request', 'step < request']);
  });
});

describe('the sampling decision of a span after its request', () => {
  test('is that of the request: an unsampled one has no background spans', () => {
    const { tracer, exporter } = setUp({ sampler: 'parentbased_always_on' });
    const carrier: Record<string, string> = {};
    const after = afterRequest(tracer, { traceId, spanId, traceFlags: 0 });
    after(() => tracer.withSpan('late', () => tracer.inject(carrier)));
    expect(exporter.spans).toEqual([]);
    expect(carrier.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
  });

  test('is not asked for again, and the threshold goes on with the randomness that it was compared with', () => {
    const decisions: string[] = [];
    const ratio = traceIdRatioSampler(0.5);
    const { tracer, exporter } = setUp({
      sampler: parentBasedSampler({
        root: {
          ...ratio,
          decide(facts) {
            decisions.push(facts.input().name);
            return ratio.decide(facts);
          },
        },
      }),
      idGenerator: { traceId: () => `${traceId.slice(0, 18)}f${traceId.slice(19)}`, spanId: () => '' },
    });
    const after = afterRequest(tracer);
    const carrier: Record<string, string> = {};
    after(() => tracer.withSpan('late', () => tracer.inject(carrier)));
    expect(decisions).toEqual(['request']);
    const randomness = `f${traceId.slice(19)}`;
    expect(exporter.spans.map(({ traceState }) => traceState)).toEqual(['ot=th:8', `ot=th:8;rv:${randomness}`]);
    expect(carrier.tracestate).toBe(`ot=th:8;rv:${randomness}`);
  });

  test('is the same for a sampler that decides by the trace id of each span', () => {
    const { tracer, exporter } = setUp({ sampler: traceIdRatioSampler(0.5) });
    for (let count = 0; count < 50; count++) {
      const after = afterRequest(tracer);
      after(() => tracer.withSpan('late', () => {}));
    }
    const requests = exporter.spans.filter(({ name }) => name === 'request').length;
    expect(requests).toBeGreaterThan(0);
    expect(requests).toBeLessThan(50);
    expect(exporter.spans.filter(({ links }) => links.length > 0)).toHaveLength(requests);
  });

  test('is left to a function, which sees the request as the parent', () => {
    const seen: (SamplingInput['parent'] | undefined)[] = [];
    const { tracer, exporter } = setUp({
      sampler: ({ name, parent }) => {
        seen.push(parent);
        return name !== 'dull';
      },
    });
    const after = afterRequest(tracer);
    after(() => tracer.withSpan('late', () => {}));
    after(() => tracer.withSpan('dull', () => {}));
    const request = { spanId: exporter.spans[0]?.spanId, isSampled: true, isRemote: false };
    expect(seen).toEqual([undefined, request, request]);
    expect(drawn(exporter.spans)).toEqual(['request', 'late ~ request (background)']);
  });

  test('is that of a debugged request', () => {
    const { tracer, exporter } = setUp({ sampler: () => false, propagators: ['b3'] });
    const after = afterRequest(tracer, tracer.extract({ b3: `${traceId}-${spanId}-d` }));
    const carrier: Record<string, string> = {};
    after(() => tracer.withSpan('late', () => tracer.inject(carrier)));
    expect(drawn(exporter.spans)).toEqual(['request < remote', 'late ~ request (background)']);
    expect(carrier.b3).toMatch(/-d-[0-9a-f]{16}$|-d$/);
  });
});

describe('with hooks', () => {
  test('onStart sees the mark, and that there is no active span', () => {
    const seen: unknown[] = [];
    const { tracer } = setUp({
      onStart: (span) => void seen.push([span.name, span.getAttribute('waymark.background'), activeSpan()]),
    });
    const after = afterRequest(tracer);
    after(() => tracer.withSpan('late', () => {}));
    expect(seen).toEqual([
      ['request', undefined, undefined],
      ['late', true, undefined],
    ]);
  });

  test('work below a request that was dropped stays in its trace, as it has no span to link to', () => {
    const { tracer, exporter } = setUp({ onStart: (span) => (span.name === 'request' ? span.drop() : undefined) });
    const after = afterRequest(tracer);
    after(() => tracer.withSpan('late', () => {}));
    expect(drawn(exporter.spans)).toEqual(['late']);
  });

  test('work below a step that was dropped links to the span that the step stands for', () => {
    const { tracer, exporter } = setUp({ onEnding: (span) => (span.name === 'step' ? span.drop() : undefined) });
    const after = tracer.withSpan('request', () => tracer.withSpan('step', () => bind((fn: () => void) => fn())));
    after(() => tracer.withSpan('late', () => {}));
    expect(drawn(exporter.spans)).toEqual(['request', 'late ~ request (background)']);
  });
});
