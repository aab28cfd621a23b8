/** The options of threads, processes and timers. */
import { commonDefaults, type DefaultsOf, type LibraryOptions } from './library-options.ts';

/** Threads, processes and timers. */
export interface BackgroundOptionsByLibrary {
  /** Worker threads. */
  readonly worker_threads?: boolean | LibraryOptions | undefined;
  /** Tasks of `piscina`. */
  readonly piscina?: boolean | LibraryOptions | undefined;
  /** Child processes. */
  readonly child_process?: boolean | LibraryOptions | undefined;
  /** Jobs of `node-cron`. */
  readonly 'node-cron'?: boolean | LibraryOptions | undefined;
}

export const backgroundDefaults: DefaultsOf<BackgroundOptionsByLibrary> = {
  worker_threads: commonDefaults,
  piscina: commonDefaults,
  child_process: commonDefaults,
  'node-cron': commonDefaults,
};
