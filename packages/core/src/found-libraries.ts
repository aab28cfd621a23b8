/** The libraries that were found in this process, for the start-up line and `describeSettings()`. */
import type { LibraryName } from './libraries-option.ts';
import type { SettingOrigin } from './settings/resolve-settings.ts';
import { noteTraced } from './traced-subjects.ts';

/** By the library's own channel, by an option or contract that it offers for tracing, or by methods of its classes. */
export type TracedBy = 'channel' | 'hook' | 'methods';

export interface FoundLibrary {
  readonly name: LibraryName;
  /** From its `package.json`; `undefined` if the application passed it to a `trace…()` function. */
  readonly version: string | undefined;
  /** `undefined`: it is not traced. */
  readonly tracedBy: TracedBy | undefined;
  /** Why it is not traced, and what to do. */
  readonly problem?: string | undefined;
  /** Whether it was found by what it publishes, so that its version is not known. */
  readonly isAnnounced?: boolean;
}

const found: FoundLibrary[] = [];

/** Notes a library, once: several of its modules may be traced. */
export function noteLibrary(library: FoundLibrary): void {
  const { name, version, tracedBy } = library;
  if (tracedBy !== undefined) noteTraced(name);
  if (library.isAnnounced === true && found.some((one) => one.name === name && one.tracedBy === tracedBy)) return;
  if (found.some((one) => one.name === name && one.version === version && one.tracedBy === tracedBy)) return;
  found.push(library);
}

const means: Readonly<Record<TracedBy, string>> = {
  channel: 'its own channel',
  hook: 'its hook for tracing',
  methods: 'methods of its classes',
};

/** Lines for `describeSettings()`. */
export function foundLibraryOrigins(): readonly SettingOrigin[] {
  return found.map(({ name, version, tracedBy, problem = '', isAnnounced = false }) => ({
    name: `libraries.${name}`,
    value: tracedBy === undefined ? `not traced: ${problem}` : `traced by ${means[tracedBy]}`,
    from: version ?? (isAnnounced ? 'found by its channel' : 'given in code'),
  }));
}

/** For the start-up line. */
export function describeFoundLibraries(): string {
  const traced = found.filter(({ tracedBy }) => tracedBy !== undefined);
  const others = found.filter(({ tracedBy }) => tracedBy === undefined);
  const list = traced.map(({ name, version, tracedBy }) => `${name}${version ? ` ${version}` : ''} (${tracedBy})`);
  const problems = others.map(({ name, version, problem }) => `; ${name} ${version ?? ''} is not traced: ${problem}`);
  return `${list.join(', ') || 'none'}${problems.join('')}`;
}
