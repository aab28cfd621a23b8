/**
 * What traces each library. This module, and so every file of a library, is loaded when the first library of the table is found: a
 * service without any does not pay for it.
 */
import type { TracedBy } from '../found-libraries.ts';
import type { LibraryName } from '../libraries-option.ts';

/**
 * Traces a library, by the exports of one of its modules. It may be called again with the same.
 *
 * @param moduleExports `undefined` for a library without `files` in the table.
 * @param version From its `package.json`.
 * @returns `undefined` if it cannot be traced: it is not the library, or not in a form that is known.
 */
export type Trace = (moduleExports: unknown, version: string | undefined) => TracedBy | 'foreign' | undefined;

export const traces: Readonly<Partial<Record<LibraryName, Trace>>> = {};
