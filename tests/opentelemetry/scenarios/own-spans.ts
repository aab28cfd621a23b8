// Code that makes spans with OpenTelemetry's API alone, in every form that it has.
import { observeWith } from '../observe.ts';
import type { Scenario } from '../scenario.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

export const scenario: Scenario = {
  async run(application) {
    const { api, inRequest, mark } = application;
    const { context, trace, SpanKind, SpanStatusCode, TraceFlags, ROOT_CONTEXT } = api;
    const observe = observeWith(application);
    const tracer = trace.getTracer('shop', '1.2.3');

    observe('no active span', trace.getActiveSpan());
    await inRequest('forms of startActiveSpan', async () => {
      const returned = tracer.startActiveSpan('two arguments', (span) => {
        observe('active is the span', trace.getActiveSpan() === span);
        span.end();
        return 7;
      });
      observe('result', returned);
      tracer.startActiveSpan('three arguments', { kind: SpanKind.CLIENT, attributes: { a: 1 } }, (span) => span.end());
      const key = api.createContextKey('shop');
      const given = context.active().setValue(key, 'kept');
      await tracer.startActiveSpan('four arguments', { attributes: { b: [1, 2] } }, given, async (span) => {
        await null;
        observe('key of the given context', context.active().getValue(key));
        tracer.startActiveSpan('child', (child) => {
          mark('grandchild');
          child.end();
        });
        span.end();
      });
      observe('key outside', context.active().getValue(key));
    });

    await inRequest('throws', async () => {
      let left: import('@opentelemetry/api').Span | undefined;
      try {
        tracer.startActiveSpan('left running', (span) => {
          left = span;
          throw new TypeError('mine');
        });
      } catch (error) {
        observe('error', String(error));
      }
      observe('still records', left?.isRecording());
      left?.end();
      observe('recorded after the end', left?.isRecording());
      left?.setAttribute('late', true).updateName('late').setStatus({ code: SpanStatusCode.ERROR }).end();
    });

    await inRequest('what a span takes', async () => {
      const span = tracer.startSpan('taker', {
        kind: SpanKind.PRODUCER,
        attributes: { text: 'a', number: 1.5, yes: true, texts: ['a', 'b'], numbers: [1, 2], truths: [true, false] },
        links: [
          {
            context: { traceId, spanId: '00f067aa0ba902b7', traceFlags: TraceFlags.SAMPLED },
            attributes: { of: 'link' },
          },
        ],
      });
      span.setAttribute('more', 'b').setAttributes({ text: 'changed', other: 2 });
      span.addEvent('bare').addEvent('with attributes', { a: 1 }).addEvent('with both', { a: 1 }, new Date());
      span.addEvent('with time', Date.now());
      span.addLink({ context: { traceId, spanId: '00f067aa0ba902b8', traceFlags: TraceFlags.NONE } });
      span.addLinks([{ context: { traceId, spanId: '00f067aa0ba902b9', traceFlags: TraceFlags.SAMPLED } }]);
      span.updateName('renamed');
      span.end();

      const failed = tracer.startSpan('failed');
      failed.recordException(new RangeError('too far'));
      failed.recordException('a string');
      failed.recordException({ code: 'E_CODE', message: 'with a code' });
      failed.setStatus({ code: SpanStatusCode.ERROR, message: 'too far' });
      failed.end();
      const fine = tracer.startSpan('fine');
      fine.setStatus({ code: SpanStatusCode.ERROR, message: 'at first' });
      fine.setStatus({ code: SpanStatusCode.OK });
      fine.end();
    });

    await inRequest('times', async () => {
      const startTime = new Date(Date.now() - 5_000);
      const byDate = tracer.startSpan('by date', { startTime });
      byDate.end(new Date(startTime.getTime() + 1_000));
      const byNumber = tracer.startSpan('by milliseconds', { startTime: startTime.getTime() });
      byNumber.end(startTime.getTime() + 2_000);
      const seconds = Math.trunc(Date.now() / 1000);
      const byPair = tracer.startSpan('by a pair', { startTime: [seconds, 500_000_000] });
      byPair.end([seconds + 3, 500_000_000]);
      const nowMs = performance.now();
      const byClock = tracer.startSpan('by performance.now()', { startTime: nowMs });
      byClock.end(nowMs + 4_000);
    });

    await inRequest('parents', async () => {
      const remote = { traceId, spanId: '00f067aa0ba902b7', traceFlags: TraceFlags.SAMPLED, isRemote: true };
      const parents: Record<string, import('@opentelemetry/api').Context> = {
        ROOT_CONTEXT: ROOT_CONTEXT,
        'the active span deleted': trace.deleteSpan(context.active()),
        'a remote parent': trace.setSpan(context.active(), trace.wrapSpanContext(remote)),
        'a remote span context': trace.setSpanContext(ROOT_CONTEXT, remote),
        'an invalid parent': trace.setSpan(context.active(), trace.wrapSpanContext(api.INVALID_SPAN_CONTEXT)),
      };
      for (const [name, parent] of Object.entries(parents)) {
        tracer.startSpan(`start with ${name}`, {}, parent).end();
        context.with(parent, () => {
          tracer.startActiveSpan(`inside ${name}`, (span) => {
            mark(`below the span inside ${name}`);
            span.end();
          });
          observe(`active span with ${name}`, trace.getActiveSpan()?.spanContext().traceId === traceId);
        });
      }
      tracer.startSpan('root', { root: true }).end();
      tracer.startActiveSpan('active root', { root: true }, (span) => {
        mark('below the active root');
        span.end();
      });
      const declined = { ...remote, traceFlags: TraceFlags.NONE };
      context.with(trace.setSpanContext(ROOT_CONTEXT, declined), () => {
        const span = tracer.startSpan('unsampled');
        observe('of an unsampled parent', [
          span.isRecording(),
          span.spanContext().traceId,
          span.spanContext().traceFlags,
        ]);
        span.end();
      });
    });

    await inRequest('suppression', async () => {
      const suppressed = context.active().setValue(Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true);
      const seen = context.with(suppressed, () => {
        const span = tracer.startSpan('suppressed');
        span.end();
        const spanContext = span.spanContext();
        return [span.isRecording(), spanContext.traceId, spanContext.spanId, spanContext.traceFlags];
      });
      observe('suppressed', seen);
      mark('not suppressed');
    });

    await inRequest('many at once', async () => {
      await Promise.all(
        [1, 2, 3].map((index) =>
          tracer.startActiveSpan(`worker ${index}`, async (span) => {
            await new Promise((resolve) => setTimeout(resolve, 3 - index));
            mark(`work of ${index}`);
            span.end();
          }),
        ),
      );
    });
  },
};
