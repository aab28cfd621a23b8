// A scenario with OpenTelemetry's SDK, and the same with the bridge.
import { comparableSpans } from './comparable-spans.ts';
import { type ComparedSpan, drawTrees, treesOf } from './printed-span.ts';
import { type RunOptions, runScenario } from './start-scenarios.ts';

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
export async function runBoth(scenario: string, options: RunOptions = {}): Promise<BothRuns> {
  const sdk = comparableSpans(scenario, await runScenario(scenario, 'sdk', options));
  const waymark = comparableSpans(scenario, await runScenario(scenario, 'waymark', options));
  return { lines: drawTrees(waymark), waymark: treesOf(waymark), sdk: treesOf(sdk) };
}
