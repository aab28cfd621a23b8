// What a scenario finds out by itself, as a span: the two runs are compared by their spans.
import type { Application } from './scenario.ts';

/** Returns a function that records what the application sees, such as what a call of the API returns. */
export function observeWith({ api }: Pick<Application, 'api'>): (what: string, value: unknown) => void {
  const tracer = api.trace.getTracer('observations');
  return (what, value) => {
    tracer.startSpan(`${what}: ${JSON.stringify(value)}`, { root: true }).end();
  };
}
