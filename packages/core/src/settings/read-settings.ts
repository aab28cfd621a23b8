/** Options that cannot even be looked at: a revoked proxy, a getter that throws, an object that cannot be shown. */
import { WaymarkError } from '../errors.ts';

/**
 * Runs what reads options at set-up, so that each mistake there has a code and a remedy.
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
    return (error as Partial<Error>).name === 'WaymarkError'; // also of another copy of this package
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
