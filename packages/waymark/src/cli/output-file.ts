/** A file that a command writes. It replaces the old one only when it is complete. */
import { open, rename, rm, stat } from 'node:fs/promises';
import { CliError } from './cli-error.ts';

export interface OutputFile {
  write(text: string): Promise<void>;
  /** Moves the complete file to its path. */
  finish(): Promise<void>;
  /** Discards the new file, and keeps the old one. */
  discard(): Promise<void>;
}

/** @throws {CliError} `WAYMARK_CANNOT_WRITE` */
export async function openOutputFile(path: string): Promise<OutputFile> {
  const before = await stat(path).catch(() => undefined);
  if (before?.isDirectory()) throw cannotWrite(path, new Error('it is a folder'));
  // A pipe or a device is written to directly.
  const isPlain = before === undefined || before.isFile();
  const written = isPlain ? `${path}.${process.pid}.part` : path;
  const handle = await open(written, isPlain ? 'wx' : 'w').catch((error: unknown) => {
    throw cannotWrite(path, error);
  });

  async function discard(): Promise<void> {
    await handle.close().catch(() => {});
    if (isPlain) await rm(written, { force: true });
  }

  return {
    discard,
    async write(text) {
      try {
        await handle.writeFile(text); // writes everything, while write() may write a part
      } catch (error) {
        throw cannotWrite(path, error);
      }
    },
    async finish() {
      try {
        await handle.close();
        if (isPlain) await rename(written, path);
      } catch (error) {
        await discard();
        throw cannotWrite(path, error);
      }
    },
  };
}

/** Writes a whole file. */
export async function writeOutputFile(path: string, text: string): Promise<void> {
  const file = await openOutputFile(path);
  try {
    await file.write(text);
  } catch (error) {
    await file.discard();
    throw error;
  }
  await file.finish();
}

function cannotWrite(path: string, error: unknown): CliError {
  const reason = error instanceof Error ? error.message : String(error);
  return new CliError('WAYMARK_CANNOT_WRITE', `${path} cannot be written: ${reason}. Choose another file: -o FILE`, {
    cause: error,
  });
}
