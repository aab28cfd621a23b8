/** Traces the runs of cron's jobs. */
import type { TracedBy } from '../found-libraries.ts';
import { readProperty } from '../read-property.ts';
import { withCronSpan } from './cron-run.ts';
import { traceGiven } from './trace-given.ts';
import { wrapOnce } from './wrap-once.ts';

/**
 * Traces [cron](https://github.com/kelektiv/node-cron) 3 and 4, also as part of `@nestjs/schedule`. `tracing()` and `getTracer()` do it by themselves
 * for one that they can find; call this in a bundle.
 *
 * Each run of a job that is made afterwards starts a trace, `cron <name>`, which lasts until the promise of its function settles. Without a name it
 * is the expression. A run that fails is an error.
 *
 * @param cron The exports of cron, or its class `CronJob`.
 * @returns What was given.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @example
 * import { CronJob } from 'cron';
 * traceCron(CronJob);
 */
export function traceCron<Given>(cron: Given): Given {
  return traceGiven('cron', wrapCron, cron, 'traceCron(CronJob)', 'the exports of cron, or its class CronJob');
}

interface Job {
  readonly name?: unknown;
  readonly cronTime?: { readonly source?: unknown };
}

/** For the table of libraries. */
export function wrapCron(given: unknown): TracedBy | 'foreign' | undefined {
  const prototype = readProperty(readProperty(given, 'CronJob') ?? given, 'prototype');
  if (typeof prototype !== 'object' || prototype === null || !('fireOnTick' in prototype)) return undefined;
  const outcome = wrapOnce(prototype as { fireOnTick: unknown; addCallback: unknown }, 'addCallback', (addCallback) => {
    return function add(this: Job, callback: unknown, ...rest: unknown[]): unknown {
      const factsOf = () => ({ name: this.name, expression: this.cronTime?.source });
      return addCallback.call(this, withCronSpan('cron', callback, factsOf), ...rest);
    };
  });
  if (outcome === 'missing') return undefined;
  return outcome === 'foreign' ? 'foreign' : 'methods';
}
