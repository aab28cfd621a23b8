/** A separate process that stores batch after batch, and that a test can kill. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Span } from '../src/model/span.ts';
import type { DriverName } from '../src/store/sqlite/driver.ts';

export interface StoreProcess {
  readonly pid: number;
  /** The number of batches that it has acknowledged. `refused` has the codes of refused batches. */
  acked(): number;
  refused(): readonly string[];
  /** Lines of output from the command that runs it. */
  other(): readonly string[];
  stderr(): string;
  ackedAtLeast(count: number): Promise<void>;
  kill(): Promise<void>;
}

interface ProcessOptions {
  readonly path: string;
  readonly driver: DriverName;
  /** The number of the first batch. Default 0. */
  readonly first?: number;
  /** The most kilobytes that a file may have. */
  readonly maxFileKb?: number;
  /** A command that runs it, such as `unshare`. */
  readonly under?: readonly string[];
}

/** @see batchOf for what it stores */
export async function startStoreProcess({
  path,
  driver,
  first = 0,
  maxFileKb,
  under = [],
}: ProcessOptions): Promise<StoreProcess> {
  const script = `
    const { createSqliteStore } = require(${JSON.stringify(join(__dirname, '../src/store/sqlite/sqlite-store.ts'))});
    const store = createSqliteStore({ path: ${JSON.stringify(path)}, driver: ${JSON.stringify(driver)} });
    ${batchOf.toString()}
    let number = ${first};
    (function next() {
      try {
        store.add(batchOf(number));
        process.stdout.write('acked ' + number + '\\n');
        number++;
        setImmediate(next);
      } catch (error) {
        process.stdout.write('refused ' + (error.code ?? error.message) + '\\n');
        setTimeout(next, 20);
      }
    })();`;
  const node = [process.execPath, '-r', 'esbuild-register', '--conditions=@waymark/source', '-e', script];
  // Beyond the limit a write fails, as on a full disk. The trap keeps the signal from ending the process.
  const limit = ['bash', '-c', `trap '' XFSZ; ulimit -S -f ${maxFileKb}; exec "$@"`, 'bash'];
  const [command = '', ...args] = [...(maxFileKb === undefined ? [] : limit), ...under, ...node];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let acked = 0;
  const refused: string[] = [];
  const other: string[] = [];
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  let onLine = (): void => {};
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => {
      resolve();
      onLine();
    });
  });
  createInterface(child.stdout).on('line', (line) => {
    const [word, value = ''] = line.split(/ (.*)/);
    if (word === 'acked') acked = Number(value) + 1 - first;
    else if (word === 'refused') refused.push(value);
    else other.push(line);
    onLine();
  });

  function until(isEnough: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      onLine = () => {
        if (isEnough()) resolve();
        else if (child.exitCode !== null) reject(new Error(`The process ended with ${child.exitCode}. ${stderr}`));
      };
      onLine();
    });
  }

  return {
    pid: child.pid ?? 0,
    acked: () => acked,
    refused: () => refused,
    other: () => other,
    stderr: () => stderr,
    ackedAtLeast: (count) => until(() => acked >= count),
    async kill() {
      child.kill('SIGKILL');
      await ended; // immediately, if it has ended already
    },
  };
}

/**
 * Makes forty spans of eight traces. Every trace continues in the next batch. The function must not use other code: it
 * also runs in the other process.
 */
export function batchOf(number: number): Span[] {
  const resource = { serviceName: `service-${number % 3}`, attributes: { 'service.name': `service-${number % 3}` } };
  return Array.from({ length: 40 }, (_, index) => {
    const trace = (number >> 1) * 8 + (index % 8) + 1;
    const id = (number * 40 + index + 1).toString(16).padStart(16, '0');
    return {
      traceId: trace.toString(16).padStart(32, '0'),
      spanId: id,
      ...(index > 8 && { parentSpanId: (number * 40 + (index % 8) + 1).toString(16).padStart(16, '0') }),
      name: `GET /${index % 5}`,
      kind: 'server' as const,
      startTimeUnixNano: `17640370000${String(number).padStart(5, '0')}${String(index).padStart(3, '0')}`,
      endTimeUnixNano: `17640370010${String(number).padStart(5, '0')}${String(index).padStart(3, '0')}`,
      attributes: { 'http.route': `/${index % 5}`, text: `${id}-`.repeat(20), number: index },
      ...(index === 7 && { status: { code: 'error' as const } }),
      resource,
    };
  });
}
