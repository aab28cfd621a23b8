/** Where the exports are that tracing needs of threads, processes and timers. */
import type { LibraryRow } from '../library-row.ts';

// Not worker_threads: Waymark loads that module itself, so it is loaded in each process.
export const backgroundRows: readonly LibraryRow[] = [
  {
    name: 'piscina',
    packageName: 'piscina',
    files: ['dist/index.js', 'dist/task_queue/index.js', 'dist/src/index.js'], // the last is that of 4.0
    byHand: 'tracePiscina(Piscina)',
  },
  { name: 'piscina', packageName: 'tinypool', modules: ['dist/index.js'], files: [], byHand: 'tracePiscina(Tinypool)' },
  {
    name: 'child_process',
    packageName: 'node:child_process',
    announcedBy: ['child_process'], // each server loads the module, without using it
    files: [],
    byHand: 'traceChildProcess(childProcess)',
  },
  {
    name: 'node-cron',
    packageName: 'node-cron',
    files: [
      'src/scheduled-task.js', // 3
      'dist/tasks/inline-scheduled-task.js', // 4.0
      'dist/cjs/tasks/inline-scheduled-task.js', // up to 4.4, by require()
      'dist/esm/tasks/inline-scheduled-task.js', // up to 4.4, by import: CommonJS as well
      'dist/_shared.cjs',
    ],
    modules: ['dist/node-cron.js'],
    byHand: 'traceNodeCron(cron)',
  },
  { name: 'cron', packageName: 'cron', files: ['dist/job.js'], byHand: 'traceCron(CronJob)' },
];
