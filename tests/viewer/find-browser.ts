/** Finds Chromium or Chrome on this machine. Downloads nothing. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const remedy =
  'No Chromium was found for the tests of the viewer. Install one (apt-get install -y chromium), or set CHROMIUM_PATH; ' +
  'WAYMARK_WITHOUT_BROWSER=1 skips these tests.';

/**
 * @returns The path, or `undefined` to skip the tests. In CI, `undefined` only with WAYMARK_WITHOUT_BROWSER=1.
 * @throws In CI, without a browser.
 */
export function findBrowser(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.WAYMARK_WITHOUT_BROWSER === '1') return undefined;
  const folders = [...(env.PATH ?? '').split(delimiter), '/usr/bin'];
  const paths = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  const found = [...(env.CHROMIUM_PATH === undefined ? [] : [env.CHROMIUM_PATH]), ...paths].find(isExecutable);
  if (found !== undefined) return found;
  if (env.CI !== undefined && env.CI !== 'false') throw new Error(remedy);
  console.warn(remedy);
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
