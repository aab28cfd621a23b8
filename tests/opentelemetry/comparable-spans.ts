// The spans of a scenario without what differs from run to run.
import type { PrintedSpan } from './printed-span.ts';
import type { Scenario } from './scenario.ts';

export function comparableSpans(scenario: string, spans: readonly PrintedSpan[]): readonly PrintedSpan[] {
  const { varying = [], upkeep } = (require(`./scenarios/${scenario}.ts`) as { scenario: Scenario }).scenario;
  return spans
    .filter(({ name, parentSpanId }) => parentSpanId !== undefined || !upkeep?.test(name))
    .map((span) => {
      const events = span.events.map((event) => ({ ...event, attributes: comparable(event.attributes, varying) }));
      return { ...span, attributes: comparable(span.attributes, varying), events };
    });
}

function comparable(attributes: PrintedSpan['attributes'], varying: readonly string[]): PrintedSpan['attributes'] {
  const entries = Object.entries(attributes).map(([key, value]) => {
    if (varying.includes(key)) return [key, typeof value];
    // A server that a scenario starts has another port in each run.
    return [key, typeof value === 'string' ? value.replace(/(127\.0\.0\.1:)\d+/g, '$1<port>') : value];
  });
  return Object.fromEntries(entries);
}
