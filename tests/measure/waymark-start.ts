// What `npx waymark` costs: packages and bytes on disk, and the time from start to the first answer, compared with a bare Fastify server.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../packed/fresh-project.ts';
import { measureInstalled } from '../packed/packed-waymark.ts';

const rounds = 15;

const bareFastify = `
  const app = require('fastify')();
  app.get('/waymark/status', async () => ({}));
  app.listen({ port: 0 }).then(() => console.log('Viewer  http://localhost:' + app.server.address().port));
`;

export async function measureWaymark(parent: string, tarball: string): Promise<void> {
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  async function project(name: string, dependency: string): Promise<string> {
    const folder = join(parent, name);
    await mkdir(folder);
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name, version: '1.0.0', private: true }));
    await run(folder, 'npm', 'install', ...quiet, dependency);
    return folder;
  }
  const ours = await project('waymark-alone', tarball);
  const bare = await project('fastify-alone', 'fastify@5');
  for (const [name, folder] of [
    ['waymark', ours],
    ['fastify', bare],
  ] as const) {
    const { packages, bytes } = await measureInstalled(folder);
    console.log(`${name}: ${packages.length} packages, ${(bytes / 1e6).toFixed(1)} MB installed`);
  }

  const bin = join(ours, 'node_modules/waymark/dist/bin.js');
  const database = ['--db', join(parent, 'traces.sqlite')];
  const times = { 'bare fastify': [] as number[], 'waymark --memory': [] as number[], waymark: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    times['bare fastify'].push(await measureStart(bare, ['-e', bareFastify]));
    times['waymark --memory'].push(await measureStart(ours, [bin, '--port', '0', '--memory']));
    times.waymark.push(await measureStart(ours, [bin, '--port', '0', ...database]));
  }
  const bareMs = median(times['bare fastify']);
  console.log(`\nFrom start to the first answer, medians of ${rounds} interleaved processes:`);
  for (const [name, each] of Object.entries(times)) {
    console.log(
      `  ${name.padEnd(18)} ${median(each).toFixed(0).padStart(5)} ms, ratio ${(median(each) / bareMs).toFixed(2)}`,
    );
  }
}

async function measureStart(cwd: string, args: readonly string[]): Promise<number> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (data: string) => {
      text += data;
      const found = /Viewer {2}(http:\S+)\n/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.on('exit', (code) => reject(new Error(`${args.at(-1)} ended with ${code}`)));
  });
  await (await fetch(`${url}/waymark/status`)).text();
  const ms = performance.now() - startedMs;
  child.removeAllListeners('exit');
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
  return ms;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[numbers.length >> 1] ?? Number.NaN;
}
