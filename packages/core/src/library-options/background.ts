/** The options of threads, processes and timers. */
import { commonDefaults, type DefaultsOf, type LibraryOptions } from './library-options.ts';

/** Options of child processes. */
export interface ChildProcessOptions extends LibraryOptions {
  /**
   * Whether a child that inherits the environment gets the context in it, as `TRACEPARENT` and `TRACESTATE`. Default `true`. An `env` that
   * the application passes is never changed.
   */
  readonly propagateContext?: boolean | undefined;
}

/** Threads, processes and timers. */
export interface BackgroundOptionsByLibrary {
  /** Worker threads. */
  readonly worker_threads?: boolean | LibraryOptions | undefined;
  /** Tasks of `piscina`. */
  readonly piscina?: boolean | LibraryOptions | undefined;
  /** Child processes. */
  readonly child_process?: boolean | ChildProcessOptions | undefined;
  /** Jobs of `node-cron`. */
  readonly 'node-cron'?: boolean | LibraryOptions | undefined;
  /** Jobs of `cron`. */
  readonly cron?: boolean | LibraryOptions | undefined;
}

export const backgroundDefaults: DefaultsOf<BackgroundOptionsByLibrary> = {
  worker_threads: commonDefaults,
  piscina: commonDefaults,
  child_process: { ...commonDefaults, propagateContext: true },
  'node-cron': commonDefaults,
  cron: commonDefaults,
};
