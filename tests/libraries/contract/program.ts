// One library on one Node, as a service has it: nothing names the library but the application. `matrix.ts` starts this program, and it
// prints a line for each call. It runs the packages as they are built.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { getTracer } from '@waymark/core';
import { inMemoryExporter } from '@waymark/core/testing';
import { tracing } from '@waymark/express';
import express from 'express';
import type { Service } from '../../services/service.ts';
import { pools, runCall } from './run-calls.ts';
import { callsOf } from './subject.ts';
import { subjects } from './subjects.ts';

/** What the program is to do, as its only argument. */
export interface Task {
  readonly subject: string;
  readonly module: string;
  readonly service: Pick<Service, 'host' | 'port' | 'user' | 'password' | 'database' | 'url'>;
  /** Whether the library is there when tracing begins, or loads later. */
  readonly loaded: 'before' | 'later';
}

/** What it prints of each call. */
export interface Outcome {
  readonly title: string;
  /** Absent if the trees are as they must be. */
  readonly wrong?: { readonly expected: readonly string[]; readonly actual: readonly string[] };
}

async function run({ subject: name, module, service, loaded }: Task): Promise<void> {
  const subject = subjects.find((one) => one.name === name);
  if (subject === undefined) throw new Error(`There is no library ${name} in the contract.`);
  const exporter = inMemoryExporter();
  const options = { exporter, logLevel: 'none' } as const;
  const server: Service = { ...service, stop: async () => {} };

  let moduleExports: unknown;
  if (loaded === 'before') {
    moduleExports = require(module);
    getTracer(options);
  } else {
    const app = express();
    // Not the HTTP requests below the calls of a cloud's SDK.
    app.use(tracing({ ...options, outbound: false }));
    moduleExports = require(module);
    // Where Node does not report what is loaded, tracing looks at the first request.
    await request(app);
  }
  const tracer = getTracer();
  const hidesServer = subject.hidesServer?.(module);
  for (const { title, size, callers } of pools) {
    const client = await subject.open(moduleExports, server, size);
    for (const [callTitle, call] of callsOf(subject, module)) {
      const { expected, actual } = await runCall(call, client, callers, {
        tracer,
        exporter,
        library: subject.library,
        hidesServer,
      });
      const isRight = isDeepStrictEqual(actual, expected);
      const outcome: Outcome = { title: `${title}: ${callTitle}`, ...(isRight ? {} : { wrong: { expected, actual } }) };
      console.log(JSON.stringify(outcome));
    }
    await subject.close(client);
  }
}

async function request(app: ReturnType<typeof express>): Promise<void> {
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await (await fetch(`http://127.0.0.1:${port}/`)).text();
  server.closeAllConnections();
  server.close();
}

run(JSON.parse(process.argv[2] ?? '') as Task).then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
