// Starts, queries and stops a service under measurement, with its sink and its upstream.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Sink, startSink } from './sink.ts';

export type Framework = 'express' | 'fastify';

export interface ServiceOptions {
  readonly node: string;
  readonly framework: Framework;
  readonly variant: string;
  readonly middlewares?: number;
  readonly upstreamPort: number;
  /** Another checkout to take Waymark from. */
  readonly checkout?: string | undefined;
}

export interface Readings {
  readonly cpuUs: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
}

export interface Service {
  readonly port: number;
  readonly sink: Sink;
  /** `call` has it call others by node:http, as most services do. */
  ask(question: 'read' | 'flush' | 'gc' | 'call'): Promise<Readings>;
  stop(): void;
}

export async function startService(options: ServiceOptions): Promise<Service> {
  const { node, framework, variant, middlewares = 0, upstreamPort, checkout } = options;
  const sink = await startSink();
  const scratch = mkdtempSync(join(tmpdir(), 'waymark-bench-'));
  const settings = {
    framework,
    variant,
    middlewares,
    checkout,
    scratch,
    sink: sink.url,
    upstream: `http://127.0.0.1:${upstreamPort}`,
  };
  const child = fork(join(__dirname, 'server.cjs'), [JSON.stringify(settings)], {
    execPath: node,
    // A service that rests while others have their turn is not to be collected for it: see measure-services.ts.
    execArgv: ['--expose-gc', '--no-memory-reducer'],
    env: { PATH: process.env.PATH, NODE_ENV: 'production' },
  });
  const { port } = await nextMessage<{ port: number }>(child, `${framework} with ${variant}`);
  return {
    port,
    sink,
    ask(question) {
      child.send(question);
      return nextMessage<Readings>(child, `${framework} with ${variant}`);
    },
    stop() {
      child.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
      child.kill('SIGKILL');
      sink.close();
    },
  };
}

export async function startUpstream(node: string): Promise<{ readonly port: number; stop(): void }> {
  const child = fork(join(__dirname, 'upstream.cjs'), { execPath: node, execArgv: [] });
  const { port } = await nextMessage<{ port: number }>(child, 'the upstream service');
  return { port, stop: () => child.kill('SIGKILL') };
}

async function nextMessage<Message>(child: ChildProcess, name: string): Promise<Message> {
  const controller = new AbortController();
  const { signal } = controller;
  try {
    const ended = once(child, 'exit', { signal }).then(([code]) => {
      throw new Error(`${name} ended with ${code}.`);
    });
    const [message] = await Promise.race([once(child, 'message', { signal }), ended]);
    return message as Message; // server.cjs and upstream.cjs say what it is
  } finally {
    controller.abort();
  }
}
