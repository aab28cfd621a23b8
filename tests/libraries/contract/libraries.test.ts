// The contract of all libraries, in the oldest and in the newest version, each traced by its public function: every span is below the
// call's own caller, also with a full pool, and so is what callbacks and continuations do. `npm run libraries` runs it on all versions
// of Node, where the libraries are found by themselves.
import { getTracer } from '@waymark/core';
import * as libraries from '@waymark/core/libraries';
import { inMemoryExporter } from '@waymark/core/testing';
import { describeWith } from '../../services/describe-with.ts';
import type { Service } from '../../services/service.ts';
import { startService } from '../../services/start-service.ts';
import { pools, runCall } from './run-calls.ts';
import { callsOf } from './subject.ts';
import { subjects } from './subjects.ts';

const exporter = inMemoryExporter();
// That of the process: a job that a worker takes has no active span.
const tracer = getTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });

for (const subject of subjects) {
  describeWith(subject.service)(`library ${subject.name}`, () => {
    let service: Service;

    beforeAll(async () => {
      service = await startService[subject.service]();
    });
    afterAll(() => service.stop());

    describe.each(subject.modules.filter((module) => subject.isOnlyFound?.(module) !== true))('%s', (module) => {
      const hidesServer = subject.hidesServer?.(module);
      const moduleExports: unknown = require(module);
      subject.trace(libraries, moduleExports);

      describe.each(pools)('$title', ({ size, callers }) => {
        let client: unknown;
        beforeAll(async () => {
          client = await subject.open(moduleExports, service, size);
        });
        afterAll(() => subject.close(client));

        test.each(callsOf(subject, module))('%s', async (_, call) => {
          const { expected, actual } = await runCall(call, client, callers, {
            tracer,
            exporter,
            library: subject.library,
            hidesServer,
          });
          expect(actual).toEqual(expected);
        });
      });
    });
  });
}
