/** A run of a scheduled job. Each has a trace of its own, also if the job was scheduled within a request. */
import { contained } from '../count-fault.ts';
import type { LibraryName } from '../libraries-option.ts';
import { Incoming } from './incoming.ts';
import type { AnyFunction } from './run-in-caller.ts';

/** What is known of a job. Each is read at the run, since some are set after the job was made. */
export interface CronJobFacts {
  readonly name: unknown;
  /** Such as `0 4 * * *`; or a date. */
  readonly expression: unknown;
}

// node-cron 3 gives one to a task without a name.
const randomName = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const traced = new WeakSet<AnyFunction>();

/**
 * The function of a job, with a span for each run. An error is recorded, and goes on as it was.
 *
 * @returns The same function, if it is one of these already.
 */
export function withCronSpan(library: LibraryName, fn: unknown, factsOf: () => CronJobFacts): unknown {
  if (typeof fn !== 'function' || traced.has(fn as AnyFunction)) return fn;
  const run = fn as AnyFunction; // just checked
  const begin = contained(() => beginRun(library, factsOf(), run.name));
  function cronRun(this: unknown, ...args: unknown[]): unknown {
    const incoming = begin();
    return incoming === undefined ? run.apply(this, args) : incoming.run(() => run.apply(this, args));
  }
  Object.defineProperty(cronRun, 'name', { value: run.name, configurable: true });
  Object.defineProperty(cronRun, 'length', { value: run.length, configurable: true });
  traced.add(cronRun);
  return cronRun;
}

function beginRun(
  library: LibraryName,
  { name, expression }: CronJobFacts,
  functionName: string,
): Incoming | undefined {
  const schedule = typeof expression === 'string' ? expression : undefined;
  const jobName = typeof name === 'string' && name !== '' && !randomName.test(name) ? name : undefined;
  const incoming = Incoming.begin({
    library,
    name: `cron ${jobName ?? schedule ?? (functionName || 'job')}`,
    kind: 'internal',
    attributes: [],
    senders: [],
  });
  incoming?.set('cron.job.name', jobName);
  incoming?.set('cron.expression', schedule);
  return incoming;
}
