/** Options that throw when they are read: a revoked proxy, a throwing getter, an object that cannot be printed. */
import { WaymarkError } from '../errors.ts';

/**
 * Reads options at set-up, so that each mistake has a code and a remedy.
 *
 * @throws {WaymarkError} That of `read`, or `WAYMARK_INVALID_OPTION` with the error as its `cause`.
 */
export function readSettings<Settings>(of: string, read: () => Settings): Settings {
  try {
    return read();
  } catch (error) {
    if (isWaymarkError(error)) throw error;
    throw new WaymarkError(
      'WAYMARK_INVALID_OPTION',
      `${of} has an option that cannot be read: ${messageOf(error)}. Give a plain object whose values are as docs/settings.md says.`,
      { cause: error },
    );
  }
}

function isWaymarkError(error: unknown): boolean {
  try {
    return (error as Partial<Error>).name === 'WaymarkError'; // from another copy of this package too
  } catch {
    return false;
  }
}

function messageOf(error: unknown): string {
  try {
    return String((error as Partial<Error>).message);
  } catch {
    return 'reading it throws';
  }
}
