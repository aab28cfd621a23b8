/** Traces the runs of node-cron's tasks. Its classes are not among its exports, so a task leads to them. */
import { contained } from '../count-fault.ts';
import type { TracedBy } from '../found-libraries.ts';
import { readProperty } from '../read-property.ts';
import { withCronSpan } from './cron-run.ts';
import { traceGiven } from './trace-given.ts';
import { type WrapOutcome, wrapOnce } from './wrap-once.ts';

/**
 * Traces [node-cron](https://github.com/node-cron/node-cron) 3 and 4. `tracing()` and `getTracer()` do it by themselves for one that they can find;
 * call this in a bundle.
 *
 * Each run of a task starts a trace, `cron <name>`, which lasts until the promise of its function settles. Without a name it is the expression, or in
 * version 3 the name of the function. A run that fails is an error.
 *
 * Not traced: tasks that are files, which node-cron runs in a process of their own.
 *
 * @param nodeCron The exports of node-cron.
 * @returns What was given.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @example
 * import cron from 'node-cron';
 * traceNodeCron(cron);
 */
export function traceNodeCron<Given>(nodeCron: Given): Given {
  return traceGiven('node-cron', wrapNodeCron, nodeCron, 'traceNodeCron(cron)', 'the exports of node-cron');
}

/** For the table of libraries, with the module of the class; and for the exports. */
export function wrapNodeCron(given: unknown): TracedBy | 'foreign' | undefined {
  const fromModule = readProperty(given, 'InlineScheduledTask') ?? (typeof given === 'function' ? given : undefined);
  const prototype = readProperty(fromModule, 'prototype');
  if (typeof prototype === 'object' && prototype !== null) return tracedBy(wrapTasks(prototype));
  const inner = readProperty(given, 'default') ?? given; // the namespace of an ES module is frozen
  const { createTask, schedule } = (inner ?? {}) as { createTask?: () => unknown; schedule?: unknown };
  if (typeof inner !== 'object' || typeof schedule !== 'function') return undefined;
  if (typeof createTask === 'function') return tracedBy(wrapTasksOf(inner as CronExports));
  // Version 3 cannot forget a task, so that none is made for this.
  return tracedBy(
    wrapOnce(inner as CronExports, 'schedule', (original) => {
      return function traced(this: unknown, ...args: unknown[]) {
        const task = original.apply(this, args);
        contained(wrapTasks)(Object.getPrototypeOf(task));
        return task;
      };
    }),
  );
}

interface CronExports {
  createTask(expression: string, fn: () => void): { destroy(): unknown };
  schedule(...args: unknown[]): unknown;
}

function wrapTasksOf(cron: CronExports): WrapOutcome {
  const task = cron.createTask('0 0 1 1 *', () => {}); // it is not started
  try {
    return wrapTasks(Object.getPrototypeOf(task));
  } finally {
    task.destroy();
  }
}

function tracedBy(outcome: WrapOutcome): TracedBy | 'foreign' | undefined {
  return outcome === 'missing' ? undefined : outcome === 'foreign' ? 'foreign' : 'methods';
}

/** A task of version 4. */
interface Task {
  readonly id?: unknown;
  readonly name?: unknown;
  readonly cronExpression?: unknown;
  readonly runner?: { onMatch?: unknown };
}

/** A task of version 3. */
interface OldTask {
  readonly options?: { readonly name?: unknown };
  readonly _task?: { _execution?: unknown };
}

/** Wraps the methods after which a task may run. The function of the task is in an object that the task has made. */
function wrapTasks(prototype: object): WrapOutcome {
  if ('now' in prototype) return wrapOnce(prototype as { now: unknown }, 'now', (now) => before(now, traceOldTask));
  const outcome = wrapOnce(prototype as { start: unknown }, 'start', (start) => before(start, traceTask));
  wrapOnce(prototype as { execute: unknown }, 'execute', (execute) => before(execute, traceTask));
  return outcome;
}

function before(method: (...args: unknown[]) => unknown, look: (task: unknown) => void) {
  const contain = contained(look);
  return function prepared(this: unknown, ...args: unknown[]): unknown {
    contain(this);
    return method.apply(this, args);
  };
}

function traceTask(given: unknown): void {
  const task = given as Task; // each property is checked
  if (typeof task.runner !== 'object') return;
  // An unnamed task has its random id as its name.
  task.runner.onMatch = withCronSpan('node-cron', task.runner.onMatch, () => ({
    name: task.name === task.id ? undefined : task.name,
    expression: task.cronExpression,
  }));
}

function traceOldTask(given: unknown): void {
  const { _task: inner, options } = given as OldTask; // each property is checked
  if (typeof inner !== 'object') return;
  // It does not keep the expression.
  inner._execution = withCronSpan('node-cron', inner._execution, () => ({
    name: options?.name,
    expression: undefined,
  }));
}
