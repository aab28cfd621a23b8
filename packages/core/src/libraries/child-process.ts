/**
 * Traces child processes by the one method that starts them all, `ChildProcess.prototype.spawn()`: of `spawn()`, `exec()`, `execFile()` and
 * `fork()`. Node's channels only say when the first one is made: before Node 24 none has the options, and none has the end.
 */
import { EventEmitter } from 'node:events';
import { basename } from 'node:path';
import { Context } from '../context.ts';
import { contained, countFault } from '../count-fault.ts';
import type { TracedBy } from '../found-libraries.ts';
import { environmentSetter } from '../propagation/environment.ts';
import { readProperty } from '../read-property.ts';
import { optionsOf, tracedCaller } from './caller.ts';
import { contextToCarry, writeContext } from './carried-context.ts';
import { Operation } from './operation.ts';
import { traceGiven } from './trace-given.ts';
import { wrapOnce } from './wrap-once.ts';

/**
 * Traces the child processes of Node's `child_process`. `tracing()` and `getTracer()` do it by themselves, from the first process on.
 *
 * - Each `spawn()`, `exec()`, `execFile()` and `fork()` below an active span has a client span until the process has exited, named for the
 *   executable. Arguments are never recorded.
 * - A child that inherits the environment gets the context in it, as `TRACEPARENT` and `TRACESTATE`. An `env` of the application stays as it is.
 *
 * Not traced: `spawnSync()`, `execSync()` and `execFileSync()`.
 *
 * @param childProcess The module.
 * @returns What was given.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @example
 * import * as childProcess from 'node:child_process';
 * traceChildProcess(childProcess);
 */
export function traceChildProcess<Given>(childProcess: Given): Given {
  return traceGiven(
    'child_process',
    wrapChildProcess,
    childProcess,
    'traceChildProcess(childProcess)',
    'the module node:child_process',
  );
}

/** For the table of libraries, with the first message of Node's channel, which comes before the method is called; and for the module. */
export function wrapChildProcess(given: unknown): TracedBy | 'foreign' | undefined {
  const processClass =
    readProperty(given, 'ChildProcess') ?? readProperty(readProperty(given, 'process'), 'constructor');
  const prototype: unknown = readProperty(processClass, 'prototype');
  if (typeof prototype !== 'object' || prototype === null) return undefined;
  const outcome = wrapOnce(prototype as { spawn: unknown }, 'spawn', traceStarts);
  if (outcome === 'missing') return undefined;
  return outcome === 'foreign' ? 'foreign' : 'methods';
}

interface Process extends EventEmitter {
  readonly pid?: number | undefined;
}

/** What Node's functions make of their arguments. */
interface StartOptions {
  readonly file?: unknown;
  readonly args?: unknown;
  /** Whether a shell runs the command, which is its last argument. */
  readonly shell?: unknown;
  /** As the application gave it. */
  readonly env?: unknown;
  /** `NAME=value` for each variable of the child. */
  readonly envPairs?: unknown;
}

function traceStarts(start: (this: Process, ...args: unknown[]) => unknown) {
  return function spawn(this: Process, ...args: unknown[]): unknown {
    const operation = begin(args[0]);
    const given = withContextInEnvironment(args[0], operation);
    const passed = given === args[0] ? args : [given, ...args.slice(1)];
    if (operation === undefined) return start.apply(this, passed);
    let result: unknown;
    try {
      result = start.apply(this, passed);
    } catch (error) {
      failToStart(operation, error);
      throw error;
    }
    watch(this, operation);
    return result;
  };
}

const begin = contained((options: unknown): Operation | undefined => {
  const caller = tracedCaller('child_process');
  if (caller === undefined) return undefined;
  const executable = executableOf((options ?? {}) as StartOptions); // each property is checked
  return Operation.begin(caller, {
    library: 'child_process',
    name: executable,
    kind: 'client',
    attributes: ['process.executable.name', executable],
  });
});

// The first word of a command for a shell. One with other characters may be an assignment of a secret to a variable.
const commandName = /^\s*([\w./+-]+)(?=\s|$)/;

/** The executable's name, of a shell's command that of the command. */
function executableOf({ file, args, shell }: StartOptions): string {
  const command: unknown = shell && Array.isArray(args) ? args.at(-1) : undefined;
  const word = typeof command === 'string' ? commandName.exec(command)?.[1] : undefined;
  return basename(word ?? (typeof file === 'string' ? file : '')) || 'process';
}

/** The options with the context among the variables. They are Node's own, but only they say that, so a copy is changed. */
const withContextInEnvironment = (options: unknown, operation: Operation | undefined): unknown => {
  try {
    const { env, envPairs } = options as StartOptions;
    if ((env !== undefined && env !== null) || !Array.isArray(envPairs)) return options;
    const context = contextToCarry('child_process', operation);
    if (context === undefined || optionsOf('child_process', context)?.propagateContext === false) return options;
    const variables: Record<string, string | undefined> = {};
    // Without baggage: the child may be anybody's program.
    writeContext(new Context(context.span, undefined), variables, environmentSetter);
    const added = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    if (added.length === 0) return options;
    const kept = envPairs.filter((pair) => !Object.hasOwn(variables, String(pair).split('=', 1)[0] ?? ''));
    return { ...(options as object), envPairs: [...kept, ...added] };
  } catch (error) {
    countFault(error);
    return options;
  }
};

/** Ends the span with the process. A listener of `error` would keep Node from throwing one that the application does not listen to. */
const watch = contained((process: Process, operation: Operation) => {
  operation.set('process.pid', process.pid);
  process.once(
    EventEmitter.errorMonitor,
    contained((error: unknown) => {
      // Otherwise it is running: it could not be killed, or a signal of the application has aborted it.
      if (process.pid === undefined) failToStart(operation, error);
    }),
  );
  process.once(
    'exit',
    contained((code: unknown, signal: unknown) => {
      if (typeof code === 'number') operation.set('process.exit.code', code);
      if (typeof signal === 'string') fail(operation, signal, `ended by ${signal}`);
      else if (code !== 0) fail(operation, String(code), `exit code ${code}`);
      operation.end();
    }),
  );
});

const failToStart = contained((operation: Operation, error: unknown) => {
  const code = readProperty(error, 'code');
  fail(operation, typeof code === 'string' ? code : '_OTHER', 'it could not be started');
  operation.end();
});

function fail(operation: Operation, errorType: string, message: string): void {
  operation.set('error.type', errorType);
  operation.recording?.setStatus({ code: 'error', message });
}
