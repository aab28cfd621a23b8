// The table of benchmarks/libraries.md for Waymark alone, with fewer requests: every call below the request that made it, once, with what
// is to be known of it and nothing else.
import { join } from 'node:path';
import { describeWith } from '../../services/describe-with.ts';
import { readOtlpSpans } from './exported-spans.ts';
import { type ProgramName, programs, tryTracer } from './send-requests.ts';
import { type StartedServers, startServers } from './start-servers.ts';

const requests = 100;

// Prisma is no package of this workspace: it is in the benchmark, and has tests of its own in ../prisma/.
const tested = (Object.keys(programs) as ProgramName[]).filter((program) => program !== 'prisma');

describe.each(tested)('%s', (program) => {
  const service = programs[program];

  describeWith(service)(`with ${service}`, () => {
    let started: StartedServers;
    beforeAll(async () => {
      started = await startServers([service]);
    });
    afterAll(() => started?.stop());

    test(`${requests} requests at once have their own calls below them`, async () => {
      const { verdict } = await tryTracer({
        node: process.execPath,
        execArgv: ['--require=esbuild-register', '--conditions=@waymark/source'],
        program,
        tracer: join(__dirname, 'tracers/waymark.cjs'),
        readSpans: readOtlpSpans,
        libraries: join(__dirname, '..'),
        server: started.servers[service],
        requests,
      });
      const { right, errors, rows } = verdict;
      expect(verdict).toEqual({
        spans: expect.any(Number),
        right: { count: right.of, of: right.of },
        duplicates: 0,
        errors: { count: errors.of, of: errors.of },
        falseErrors: 0,
        rows: { count: rows.of, of: rows.of },
        leaks: { literals: 0, values: 0, jobData: 0 },
        ownSpans: { count: requests, of: requests },
      });
    });
  });
});
