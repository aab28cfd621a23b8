// `npx waymark` in a user's project.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface ServingWaymark {
  readonly url: string;
  stop(): Promise<number | null>;
}

/** Starts it on a free port, with a data directory of its own. */
export async function serveWaymark(project: string, dataFolder: string): Promise<ServingWaymark> {
  const bin = join(project, 'node_modules/.bin/waymark');
  const env = { ...process.env, XDG_DATA_HOME: dataFolder, HOME: dataFolder, LOCALAPPDATA: dataFolder };
  const child = spawn(bin, ['--port', '0'], { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (data: string) => {
        text += data;
        const found = /Viewer {2}(http:\S+)\n[\s\S]*Ctrl-C/.exec(text)?.[1];
        if (found !== undefined) resolve(found);
      });
    }
    child.on('exit', (code) => reject(new Error(`waymark ended with ${code} before it served:\n${text}`)));
  });
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      const [code] = (await once(child, 'exit')) as [number | null];
      return code;
    },
  };
}

export interface InstalledSize {
  readonly packages: readonly string[];
  readonly bytes: number;
}

/** What is in a node_modules folder. */
export async function measureInstalled(project: string): Promise<InstalledSize> {
  const folder = join(project, 'node_modules');
  const packages = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    files.filter((file) => file.isFile()).map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  );
  return { packages, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}
