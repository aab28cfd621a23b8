// Services of other languages and libraries, each in a separate process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { backend } from './backends.ts';

export type Library = 'opentelemetry for js' | 'opentelemetry for python' | 'express' | 'fastify';
export type HeaderFormat = 'w3c' | 'b3' | 'b3multi';

const folder = join(__dirname, 'services');
// From source, with no build before the test.
const fromSource = ['--require=esbuild-register', '--conditions=@waymark/source'];

const scripts: Readonly<Record<Library, () => readonly [command: string, ...args: string[]]>> = {
  'opentelemetry for js': () => [process.execPath, join(folder, 'opentelemetry-js.mjs')],
  'opentelemetry for python': () => [backend('python'), join(folder, 'opentelemetry_python.py')],
  express: () => [process.execPath, ...fromSource, join(folder, 'express.cjs')],
  fastify: () => [process.execPath, ...fromSource, join(folder, 'fastify.cjs')],
};

export interface Service {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts services that call each other in turn, and sends their spans to Jaeger. The first in the list is called by the test. */
export async function startChain(libraries: readonly Library[], format: HeaderFormat): Promise<Service> {
  const services: Service[] = [];
  const stop = async () => {
    await Promise.all(services.map((service) => service.stop()));
  };
  try {
    for (const [index, library] of [...libraries.entries()].reverse()) {
      services.push(await startService(library, `${index + 1} ${library}`, format, services.at(-1)?.url));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: services.at(-1)?.url ?? '', stop };
}

async function startService(
  library: Library,
  name: string,
  format: HeaderFormat,
  next: string | undefined,
): Promise<Service> {
  const [command, ...args] = scripts[library]();
  const child = spawn(command, [...args, name, format, backend('jaeger').otlp, ...(next === undefined ? [] : [next])], {
    cwd: join(__dirname, '..'),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (part) => {
    complaint += part;
  });
  const ended = once(child, 'close');
  const [port] = await Promise.race([once(createInterface(child.stdout), 'line'), ended.then(() => [undefined])]);
  if (!(Number(port) > 0)) throw new Error(`${name} did not start: ${complaint}`);
  return {
    url: `http://127.0.0.1:${port}/call`,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
