/** What each library's file has for `traces/`. It is a file because the modules of `traces/` import those files. */
import type { TracedBy } from '../found-libraries.ts';
import type { LibraryName, LibrarySettings } from '../libraries-option.ts';

/**
 * Traces a library, by the exports of one of its modules. It may be called again with the same.
 *
 * @param moduleExports `undefined` for a library without `files` in the table.
 * @param version From its `package.json`.
 * @param settings Those of the tracer that was made last.
 * @returns `undefined` if it cannot be traced: it is not the library, or not in a form that is known.
 */
export type Trace = (
  moduleExports: unknown,
  version: string | undefined,
  settings?: LibrarySettings,
) => TracedBy | 'foreign' | undefined;

/** What traces the libraries of a group. */
export type Traces = Readonly<Partial<Record<LibraryName, Trace>>>;
