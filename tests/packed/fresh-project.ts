// A user's project: the tarballs of all published packages, installed by npm in a folder outside the workspace.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const root = join(__dirname, '../..');
const fixtures = join(__dirname, 'fixtures');

export interface FreshProject {
  readonly folder: string;
  /** The packed files, by package name. */
  readonly tarballs: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** @param libraries What to install beside the tarballs, as `name@range`. */
export async function createFreshProject(libraries: readonly string[]): Promise<FreshProject> {
  const parent = await mkdtemp(join(tmpdir(), 'waymark-packed-'));
  const tarballs = await packPackages(parent);
  const folder = join(parent, 'project');
  await cp(fixtures, folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'project', version: '1.0.0', private: true }));
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  await run(folder, 'npm', 'install', '--prefer-offline', ...quiet, ...Object.values(tarballs), ...libraries);
  return {
    folder,
    tarballs,
    remove: () => rm(parent, { recursive: true, force: true }),
  };
}

/** Packs every published package of this checkout, or of another, into a folder; the files by package name. */
export async function packPackages(target: string, checkout = root): Promise<Record<string, string>> {
  const { packageManager } = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8'));
  const tarballs: Record<string, string> = {};
  for (const name of await readdir(join(checkout, 'packages'))) {
    const folder = join(checkout, 'packages', name);
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    if (manifest.private) continue;
    const printed = await run(folder, 'npx', '--yes', packageManager, 'pack', '--json', '--pack-destination', target);
    tarballs[manifest.name] = join(target, basename(JSON.parse(printed).filename));
  }
  return tarballs;
}

/** Runs a command in a folder, that of its node_modules/.bin if there is one; returns what it printed. */
export async function run(cwd: string, command: string, ...args: readonly string[]): Promise<string> {
  // What `npm run` and Jest set for their children would change how a user's tools behave.
  const isOurs = /^(npm_config_local_prefix|npm_(lifecycle|package)_.*|JEST_.*|NODE_ENV)$/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOurs.test(name)));
  env.PATH = [join(cwd, 'node_modules/.bin'), dirname(process.execPath), env.PATH].join(delimiter);
  try {
    const { stdout } = await promisify(execFile)(command, args, { cwd, env, maxBuffer: 32 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${basename(command)} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
