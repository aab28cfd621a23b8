// One tracer, with one scenario or several after each other, in a process of their own: instrumentations patch what is loaded after them, and
// the globals of OpenTelemetry's API are set once in a process. start-scenarios.ts starts this program, which sends back the spans.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PrintedSpan } from './printed-span.ts';
import type { Application, Generation, Scenario, Server, SetUpName } from './scenario.ts';
import { setUpSdk } from './set-ups/sdk.ts';
import { setUpWaymark } from './set-ups/waymark.ts';

/** What the program is to do, as its only argument. */
export interface Task {
  /** Files in scenarios/, without `.ts`. */
  readonly scenarios: readonly string[];
  readonly setUp: SetUpName;
  readonly generation: Generation;
  readonly servers: Readonly<Record<string, Server>>;
  /** The option of the bridge. If it is given, Waymark traces libraries itself, too. */
  readonly prefer?: 'waymark' | 'opentelemetry' | 'both' | undefined;
}

/** By scenario. */
export type Outcome = Readonly<Record<string, readonly PrintedSpan[]>>;

const folders: Readonly<Record<Generation, string>> = { 'sdk-3': '.', 'sdk-2': 'sdk-2', 'sdk-1': 'sdk-1' };

// A span that never ends is a failure of its scenario, which the trees show.
const endTimeoutMs = 5_000;

async function run({ scenarios: names, setUp: setUpName, generation, servers, prefer }: Task): Promise<Outcome> {
  const load = createRequire(join(__dirname, folders[generation], 'package.json'));
  const api = load('@opentelemetry/api') as Application['api'];
  const scenarios = names.map((name): [string, Scenario] => [name, require(`./scenarios/${name}.ts`).scenario]);
  const register = (isBeforeTracer: boolean) => {
    const registered = scenarios.filter(([, scenario]) => (scenario.isBeforeTracer ?? false) === isBeforeTracer);
    load('@opentelemetry/instrumentation').registerInstrumentations({
      instrumentations: registered.flatMap(([, { instrumentations }]) => instrumentations?.(load) ?? []),
    });
  };
  register(true);
  const libraries = prefer !== undefined || scenarios.some(([, scenario]) => scenario.libraries);
  const setUp = setUpName === 'sdk' ? setUpSdk(generation, load, api) : setUpWaymark(api, { libraries, prefer });
  register(false);
  const { inRequest, mark, middleware } = setUp;
  const application = { load, api, setUp: setUpName, servers, inRequest, mark, middleware } as Application;
  const outcome: Record<string, readonly PrintedSpan[]> = {};
  for (const [name, scenario] of scenarios) {
    await scenario.run(application);
    const giveUpMs = Date.now() + endTimeoutMs;
    while (setUp.running() > 0 && Date.now() < giveUpMs) await delay(5);
    outcome[name] = setUp.take();
  }
  return outcome;
}

run(JSON.parse(process.argv[2] ?? '') as Task).then(
  (outcome) => process.send?.(outcome, () => process.exit(0)),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
