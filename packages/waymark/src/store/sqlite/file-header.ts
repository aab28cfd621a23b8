/** Reads the first hundred bytes of a file without opening it as a database, which could change it. */
import { closeSync, openSync, readSync } from 'node:fs';

/** 'Wayr', in the field that SQLite has for the id of an application. */
export const applicationId = 0x57617972;

export type FileHeader =
  | { readonly type: 'absent' | 'empty' | 'no-database' | 'foreign' }
  | { readonly type: 'ours'; readonly layoutVersion: number };

/** @see https://www.sqlite.org/fileformat.html#the_database_header */
export function readFileHeader(path: string): FileHeader {
  const header = Buffer.alloc(100);
  let length: number;
  try {
    const file = openSync(path, 'r');
    try {
      length = readSync(file, header);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { type: 'absent' };
    throw error;
  }
  if (length === 0) return { type: 'empty' };
  if (length < 100 || header.toString('latin1', 0, 16) !== 'SQLite format 3\0') return { type: 'no-database' };
  if (header.readUInt32BE(68) !== applicationId) return { type: 'foreign' };
  return { type: 'ours', layoutVersion: header.readUInt32BE(60) };
}
