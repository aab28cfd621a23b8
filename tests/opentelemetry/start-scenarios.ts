// Runs scenarios in a new process, from the test.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { PrintedSpan } from './printed-span.ts';
import type { Outcome, Task } from './run-scenarios.ts';
import type { Server } from './scenario.ts';

export interface RunOptions extends Partial<Pick<Task, 'generation' | 'prefer'>> {
  readonly servers?: Readonly<Record<string, Server>>;
  /** The Node to run it with. Default: the running one. */
  readonly node?: string;
  /** Whether the packages run as they are built. Default: from their sources. */
  readonly built?: boolean;
}

// A call that hangs would otherwise hold CI.
const timeoutMs = 50_000;

/** The spans of one scenario. */
export async function runScenario(
  scenario: string,
  setUp: Task['setUp'],
  options: RunOptions = {},
): Promise<readonly PrintedSpan[]> {
  const outcome = await runScenarios({ scenarios: [scenario], setUp, ...options });
  return outcome[scenario] ?? [];
}

/** The spans of each scenario, run in one process. Rejects with what the process printed if it ends with an error. */
export async function runScenarios({
  generation = 'sdk-3',
  servers = {},
  node = process.execPath,
  built = false,
  ...task
}: Pick<Task, 'scenarios' | 'setUp'> & RunOptions): Promise<Outcome> {
  const args = [JSON.stringify({ ...task, generation, servers: plain(servers) } satisfies Task)];
  const child = fork(join(__dirname, 'run-scenarios.ts'), args, {
    execPath: node,
    execArgv: ['--require=esbuild-register', ...(built ? [] : ['--conditions=@waymark/source'])],
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  let outcome: Outcome | undefined;
  let printed = '';
  child.on('message', (message) => {
    outcome = message as Outcome;
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      printed += part;
    });
  }
  const [code, signal] = await new Promise<unknown[]>((resolve) => child.on('close', (...how) => resolve(how)));
  clearTimeout(timer);
  if (outcome === undefined || code !== 0) {
    throw new Error(`${task.scenarios} with ${task.setUp}, ${generation}: ended with ${code ?? signal}.\n${printed}`);
  }
  return outcome;
}

function plain(servers: Readonly<Record<string, Server>>): Task['servers'] {
  const entries = Object.entries(servers).map(([name, { host, port, user, password, database, url }]) => {
    return [name, { host, port, user, password, database, url }];
  });
  return Object.fromEntries(entries);
}

/** Without settings of Waymark or OpenTelemetry that this process runs with. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:OTEL_|WAYMARK_|NODE_OPTIONS)/.test(name)),
  );
}
