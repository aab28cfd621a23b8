/** What traces each library of this group. Loaded when the first of them is found: a service without any does not pay for them. */
import { wrapChildProcess } from '../child-process.ts';
import { wrapCron } from '../cron.ts';
import { wrapNodeCron } from '../node-cron.ts';
import { wrapPiscina } from '../piscina.ts';
import type { Traces } from '../trace.ts';

/** @public Loaded by `require()`, in library-table.ts. */
export const traces: Traces = {
  piscina: wrapPiscina,
  child_process: wrapChildProcess,
  'node-cron': wrapNodeCron,
  cron: wrapCron,
};
