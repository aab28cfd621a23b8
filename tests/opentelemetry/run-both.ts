// A scenario with OpenTelemetry's SDK, and the same with the bridge.
import { type ComparedSpan, drawTrees, type PrintedSpan, treesOf } from './printed-span.ts';
import { type RunOptions, runScenario } from './start-scenarios.ts';

export interface BothOptions extends RunOptions {
  /** Attributes whose values differ from run to run, such as ids and ports. Only their types are compared. */
  readonly varying?: readonly string[];
}

export interface BothRuns {
  /** What the bridge gives, as lines. */
  readonly lines: readonly string[];
  /** The same with everything that can be compared, and what OpenTelemetry's SDK gives. */
  readonly waymark: readonly ComparedSpan[];
  readonly sdk: readonly ComparedSpan[];
}

/**
 * Runs a scenario with both. A test says what the lines are, and that the trees are equal: names, kinds, parents, status, attributes, events,
 * links, scopes.
 */
export async function runBoth(scenario: string, { varying = [], ...options }: BothOptions = {}): Promise<BothRuns> {
  const sdk = await runScenario(scenario, 'sdk', options);
  const waymark = await runScenario(scenario, 'waymark', options);
  const trees = (spans: readonly PrintedSpan[]) => treesOf(spans.map((span) => withoutVarying(span, varying)));
  return { lines: drawTrees(waymark), waymark: trees(waymark), sdk: trees(sdk) };
}

function withoutVarying(span: PrintedSpan, varying: readonly string[]): PrintedSpan {
  const events = span.events.map((event) => ({ ...event, attributes: typesOf(event.attributes, varying) }));
  return { ...span, attributes: typesOf(span.attributes, varying), events };
}

function typesOf(attributes: PrintedSpan['attributes'], varying: readonly string[]): PrintedSpan['attributes'] {
  const entries = Object.entries(attributes).map(([key, value]) => {
    if (varying.includes(key)) return [key, typeof value];
    // A server that a scenario starts has another port in each run.
    return [key, typeof value === 'string' ? value.replace(/(127\.0\.0\.1:)\d+/g, '$1<port>') : value];
  });
  return Object.fromEntries(entries);
}
