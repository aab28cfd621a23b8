/** The command line: finds the command, runs it, and prints its error. */
import { toPrintable } from '@waymark/core/printable-text';
import { version } from '../version.ts';
import { CliError } from './cli-error.ts';
import type { CliIo, Command } from './command.ts';
import { doctor } from './doctor.ts';
import { exportTraces } from './export-traces.ts';
import { renderHelp, renderOverview } from './help.ts';
import { importTraces } from './import-traces.ts';
import { readArguments } from './read-arguments.ts';
import { runApplication } from './run-application.ts';
import { serve } from './serve.ts';
import { shareTrace } from './share-trace.ts';
import { showTrace } from './show-trace.ts';
import { suggestCommand } from './suggest-command.ts';
import { tail } from './tail.ts';

const commands: Readonly<Record<string, Command>> = {
  tail,
  show: showTrace,
  doctor,
  export: exportTraces,
  import: importTraces,
  share: shareTrace,
};

/** @returns The exit code, or the signal to end by. */
export async function runCli(args: readonly string[], io: CliIo): Promise<number | NodeJS.Signals> {
  try {
    return await dispatch(args, io);
  } catch (error) {
    const { code } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown };
    // The signal interrupted the command, which is not a failure. A store that cannot be closed is one.
    if (io.signal.aborted && typeof io.signal.reason === 'string' && code !== 'WAYMARK_STORE_NOT_CLOSED') {
      return io.signal.reason as NodeJS.Signals; // see bin.ts
    }
    if (!(error instanceof Error)) throw error;
    // An error without our code is a bug or a fault of the machine, so its stack helps.
    if (typeof code !== 'string' || !/^(WAYMARK_|E[A-Z]+$)/.test(code)) throw error;
    const text = error.message.replace(` (${code})`, '');
    io.stderr.write(`${text.split('\n').map(toPrintable).join('\n')} (${code})\n`);
    return error instanceof CliError ? error.exitCode : 1;
  }
}

async function dispatch(args: readonly string[], io: CliIo): Promise<number | NodeJS.Signals> {
  const [name = '', ...rest] = args;
  const dashes = args.indexOf('--');
  if (dashes >= 0 && (dashes === 0 || name.startsWith('-'))) return runWith(runApplication, '', args, io);
  if (name === '' || (name.startsWith('-') && !['-h', '--help', '-v', '-V', '--version'].includes(name))) {
    return runWith(serve, '', args, io);
  }
  if (name === '-v' || name === '-V' || name === '--version') {
    io.stdout.write(`${version}\n`);
    return 0;
  }
  if (name === 'help' || name === '-h' || name === '--help') return help(rest[0], io);
  return runWith(findCommand(name, rest, io), name, rest, io);
}

async function runWith(
  command: Command,
  name: string,
  args: readonly string[],
  io: CliIo,
): Promise<number | NodeJS.Signals> {
  const own = args.slice(0, args.includes('--') ? args.indexOf('--') : args.length);
  if (own.includes('--help') || own.includes('-h')) return help(name === '' ? undefined : name, io);
  const { options, maxPositionals } = command;
  return command.run(readArguments(args, options, { maxPositionals, command: name }), io);
}

function help(name: string | undefined, io: CliIo): number {
  if (name === undefined)
    io.stdout.write(`${renderOverview(commands)}\n${renderHelp(serve)}\n${renderHelp(runApplication)}`);
  else io.stdout.write(renderHelp(findCommand(name, [], io)));
  return 0;
}

function findCommand(name: string, rest: readonly string[], { env }: CliIo): Command {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command !== undefined) return command;
  const remedy = suggestCommand(name, rest, Object.keys(commands), env);
  throw new CliError('WAYMARK_USAGE', `There is no command "${name}". ${remedy}`);
}
