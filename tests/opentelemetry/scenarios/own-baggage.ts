// Code that uses baggage and the propagation of OpenTelemetry's API.
import { observeWith } from '../observe.ts';
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  async run(application) {
    const { api, inRequest, mark } = application;
    const { baggageEntryMetadataFromString, context, propagation, trace, ROOT_CONTEXT } = api;
    const observe = observeWith(application);
    const entriesOf = (baggage: import('@opentelemetry/api').Baggage | undefined) =>
      baggage?.getAllEntries().map(([key, { value, metadata }]) => [key, value, metadata?.toString() ?? null]) ?? null;

    observe('none', entriesOf(propagation.getActiveBaggage()));
    const first = propagation.createBaggage({
      tenant: { value: 'acme' },
      user: { value: 'ä b,c;d', metadata: baggageEntryMetadataFromString('secret=1;flag') },
    });
    const second = first.setEntry('tenant', { value: 'other' }).setEntry('added', { value: '' });
    observe('immutable', [entriesOf(first), entriesOf(second), entriesOf(second.removeEntry('tenant'))]);
    observe('removed', [entriesOf(second.removeEntries('tenant', 'user')), entriesOf(second.clear())]);
    observe('one entry', [first.getEntry('tenant')?.value, first.getEntry('absent')?.value ?? null]);

    await inRequest('request', async () => {
      const withBaggage = propagation.setBaggage(context.active(), first);
      observe('set', entriesOf(propagation.getBaggage(withBaggage)));
      observe('deleted', entriesOf(propagation.getBaggage(propagation.deleteBaggage(withBaggage))));
      observe('still none', entriesOf(propagation.getActiveBaggage()));
      await context.with(withBaggage, async () => {
        await null;
        observe('active', entriesOf(propagation.getActiveBaggage()));
        observe('the same object', propagation.getActiveBaggage() === first);
        trace.getTracer('shop').startActiveSpan('span', (span) => {
          observe('below a span', entriesOf(propagation.getActiveBaggage()));
          const carrier: Record<string, string> = {};
          propagation.inject(context.active(), carrier);
          observe('baggage header', carrier.baggage);
          const { traceId, spanId } = span.spanContext();
          // Waymark also sets the flag of W3C Trace Context level 2 that the trace id is random.
          observe('traceparent', carrier.traceparent?.replace(/-0[13]$/, '') === `00-${traceId}-${spanId}`);
          span.end();

          const extracted = propagation.extract(ROOT_CONTEXT, carrier);
          observe('extracted', entriesOf(propagation.getBaggage(extracted)));
          observe('extracted span', [
            trace.getSpanContext(extracted)?.spanId === spanId,
            trace.getSpanContext(extracted)?.isRemote,
            trace.getSpan(extracted)?.isRecording(),
          ]);
          trace.getTracer('shop').startSpan('continued', {}, extracted).end();
        });
        context.with(propagation.deleteBaggage(context.active()), () => {
          observe('without', entriesOf(propagation.getActiveBaggage()));
          mark('without baggage');
        });
      });
    });

    await inRequest('extraction', async () => {
      const key = api.createContextKey('kept');
      const base = context.active().setValue(key, 'kept');
      const nothing = propagation.extract(base, {});
      observe('of nothing', [nothing.getValue(key), trace.getSpan(nothing) === trace.getActiveSpan()]);
      const malformed = propagation.extract(base, { traceparent: '00-nonsense' });
      observe('of a malformed header', [malformed.getValue(key), trace.getSpan(malformed) === trace.getActiveSpan()]);
      const carrier = new Map<string, string | string[]>([
        ['traceparent', ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01']],
        ['tracestate', 'vendor=1'],
        ['baggage', 'a=1,b=2;meta'],
      ]);
      const extracted = propagation.extract(base, carrier, {
        get: (map, name) => map.get(name),
        keys: (map) => [...map.keys()],
      });
      observe('by a getter', [extracted.getValue(key), entriesOf(propagation.getBaggage(extracted))]);
      const spanContext = trace.getSpanContext(extracted);
      observe('span of the header', [spanContext?.traceId, spanContext?.spanId, spanContext?.traceFlags]);
      observe('tracestate', [spanContext?.traceState?.get('vendor'), spanContext?.traceState?.serialize()]);
      await context.with(extracted, async () => {
        trace.getTracer('shop').startActiveSpan('of the header', (span) => {
          const sent: [string, string][] = [];
          propagation.inject(context.active(), sent, { set: (list, name, value) => list.push([name, value]) });
          observe('headers sent', sent.map(([name]) => name).sort());
          observe('tracestate sent', sent.find(([name]) => name === 'tracestate')?.[1]);
          span.end();
        });
      });
    });
    const fields = propagation.fields();
    observe(
      'fields',
      ['traceparent', 'tracestate', 'baggage'].map((name) => fields.includes(name)),
    );
    const nothing: Record<string, string> = {};
    propagation.inject(ROOT_CONTEXT, nothing);
    observe('inject of ROOT_CONTEXT', nothing);
  },
};
