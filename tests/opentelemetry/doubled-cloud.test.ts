// Clouds and search engines that both OpenTelemetry's side and Waymark trace: each call has one span, and the option `prefer` says whose.
import { drawTrees, type PrintedSpan } from './printed-span.ts';
import { runScenario } from './start-scenarios.ts';

const scenarios = ['aws-sdk', 'elasticsearch'];

test.each(scenarios)(
  "%s has the spans of OpenTelemetry's side alone with prefer: 'opentelemetry'",
  async (scenario) => {
    const generation = 'sdk-2';
    const sdk = drawTrees(await runScenario(scenario, 'sdk', { generation }));
    const waymark = drawTrees(await runScenario(scenario, 'waymark', { generation, prefer: 'opentelemetry' }));
    expect(waymark).toEqual(sdk);
  },
);

// What is called before Waymark has found the library, a moment after it is loaded, has the other side's span.
test.each(scenarios)(
  '%s has one span for each call by default, of Waymark as soon as it has found the library',
  async (scenario) => {
    const generation = 'sdk-2';
    const sdk = calls(await runScenario(scenario, 'sdk', { generation }));
    const waymark = calls(await runScenario(scenario, 'waymark', { generation, prefer: 'waymark' }));
    expect(waymark).toHaveLength(sdk.length);
    const ours = waymark.filter(({ scope }) => scope.name === `@waymark/core/libraries/${scenario}`);
    expect(ours.length).toBeGreaterThan(1);
  },
);

function calls(spans: readonly PrintedSpan[]): readonly PrintedSpan[] {
  return spans.filter(({ kind }) => kind !== 'internal' && kind !== 'server');
}
