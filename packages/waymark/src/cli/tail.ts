/** `waymark tail`: prints traces as they arrive. */
import { setTimeout as wait } from 'node:timers/promises';
import { parseQuery } from '../query/parse-query.ts';
import { InvalidQuery } from '../query/query.ts';
import { terminalAbilities } from '../terminal/terminal-abilities.ts';
import { CliError } from './cli-error.ts';
import type { CollectorClient } from './collector-client.ts';
import type { CliIo, Command } from './command.ts';
import { connectOptions, findCollector } from './find-collector.ts';
import { followTraces } from './follow-traces.ts';
import { printTrace } from './print-trace.ts';
import { readDurationMs, readNumber } from './read-arguments.ts';

export const tail: Command = {
  usage: 'waymark tail [QUERY] [options]',
  summary: 'print traces as they arrive, as waterfalls',
  details: `QUERY is a query of the viewer:
  waymark tail 'service:orders status:error dur>200ms'

In a waterfall, heavy lines are the critical path: the work that makes up the
duration of the trace. Dashes are gaps that no span covers. ×48 means 48 equal
calls in one row, and N+1 that they run in turn and could be one call.`,
  options: {
    slow: { type: 'string', value: 'DURATION', help: 'only traces at least as long, such as 200ms' },
    brief: { type: 'boolean', short: 'b', help: 'print one line for each trace' },
    rows: { type: 'string', value: 'NUMBER', help: 'maximum number of rows for each trace; default 40' },
    ...connectOptions,
  },
  maxPositionals: 1,
  async run(args, io) {
    const query = args.positionals[0] ?? '';
    checkQuery(query);
    const slowMs = readDurationMs(args, 'slow') ?? 0;
    const maxRows = readNumber(args, 'rows', { min: 1, max: 100_000 }) ?? 40;
    const client = findCollector(args, io.env, io.signal);
    const abilities = terminalAbilities(io.stdout, io.env);
    await client.status(); // fails early, with a remedy

    const isBrief = args.values.brief === true;
    const follower = followTraces(async (trace, shownSpanCount) => {
      if (trace.durationMs < slowMs) return;
      const text = await printTrace(client, trace, shownSpanCount, { abilities, maxRows, isBrief }).catch(
        describeFailure,
      );
      io.stdout.write(text);
    });
    await follow(client, query, follower.add, io);
    return 0;
  },
};

function describeFailure(error: unknown): string {
  return `${error instanceof Error ? error.message : String(error)}\n`;
}

/** The collector would refuse it as well, but cannot point at the mistake on this terminal. */
function checkQuery(text: string): void {
  try {
    parseQuery(text);
  } catch (error) {
    if (!(error instanceof InvalidQuery)) throw error;
    const marks = `${' '.repeat(error.start)}${'^'.repeat(Math.max(error.end - error.start, 1))}`;
    throw new CliError('WAYMARK_USAGE', `The query is not valid:\n  ${text}\n  ${marks}\n${error.message}`, {
      cause: error,
    });
  }
}

const reconnectMs = 500;

/** Runs until Ctrl-C, and reconnects to a collector that is restarted. */
async function follow(
  client: CollectorClient,
  query: string,
  add: (trace: Parameters<ReturnType<typeof followTraces>['add']>[0]) => void,
  { stderr, signal }: CliIo,
): Promise<void> {
  let state: 'new' | 'connected' | 'gone' = 'new';
  function onConnect(): void {
    stderr.write(
      state === 'new' ? `Waiting for traces at ${client.url}. Press Ctrl-C to stop.\n` : 'The collector is back.\n',
    );
    state = 'connected';
  }
  while (!signal.aborted) {
    try {
      for await (const trace of client.traces(query, signal, onConnect)) add(trace);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof CliError && error.code === 'WAYMARK_REFUSED') throw error;
    }
    if (signal.aborted) return;
    if (state !== 'gone') stderr.write('The collector is gone. Waiting for it …\n');
    state = 'gone';
    await wait(reconnectMs, undefined, { signal }).catch(() => {});
  }
}
