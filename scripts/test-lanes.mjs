// @ts-check
// Which tests `npm test` leaves out, since they take long, and the command that runs them. All other tests together take a few minutes.
import { readdirSync } from 'node:fs';
import { root } from './setup.mjs';

/** What `npm run test:<lane>` runs: a path, or the start of one, from the root. */
export const lanes = {
  // In a browser.
  viewer: ['tests/viewer/'],
  // The command line, each time in a process of its own.
  commands: [
    'packages/waymark/src/cli/commands',
    'packages/waymark/src/cli/doctor',
    'packages/waymark/src/cli/progress',
    'packages/waymark/src/cli/run-',
    'packages/waymark/src/cli/serve',
    'packages/waymark/src/cli/share-trace',
    'packages/waymark/src/cli/troubled-store',
  ],
  // Processes that are killed, disks that are full, receivers that fail.
  faults: [
    'packages/core/src/sending/proxies',
    'packages/waymark/src/engine/crashes',
    'packages/waymark/src/store/sqlite/damage',
    'packages/waymark/src/store/sqlite/owner-file',
    'packages/waymark/src/store/sqlite/sqlite-file',
    'packages/waymark/src/store/sqlite/sudden-ends',
    'tests/collector-store/',
    'tests/faults/',
    'tests/processes/',
  ],
  // Much at once, and what must not grow with it.
  load: [
    'packages/waymark/src/engine/writes-first',
    'packages/waymark/src/store/answers/choose-points',
    'packages/waymark/src/store/equal-starts',
    'packages/waymark/src/store/large-trace',
    'packages/waymark/src/store/made-room',
    'packages/waymark/src/store/many-names',
    'packages/waymark/src/store/sqlite/room',
    'packages/waymark/src/store/stores-agree',
    'tests/allocation/',
    'tests/collector/events',
    'tests/collector/large-answers',
    'tests/collector/odd-spans',
    'tests/collector/unfinished-requests',
    'tests/findings/',
    'tests/load/',
  ],
  // Older versions of the frameworks, other people's tests, and every property that a library may put on `Object.prototype`.
  frameworks: [
    'tests/contract/outbound/shared-connections',
    'tests/contract/server/express421',
    'tests/contract/server/express50',
    'tests/contract/server/express52',
    'tests/contract/server/fastify40',
    'tests/contract/server/fastify50',
    'tests/contract/server/hostile-properties',
    'tests/contract/trust/express52',
    'tests/contract/trust/fastify40',
    'tests/contract/trust/fastify50',
    'tests/nestjs/',
    'tests/transparency/',
  ],
  // Databases, caches and jobs, with real servers.
  libraries: ['tests/libraries/'],
  // What calls OpenTelemetry's API, joined to our traces, with real servers.
  opentelemetry: ['tests/opentelemetry/'],
  // The examples, and the code in the documentation.
  examples: ['tests/examples/'],
};

/**
 * Refuses a table that has gone stale: a path that no test has, or a test in two lanes.
 */
export function checkLanes() {
  const tests = ['packages', 'tests'].flatMap((folder) =>
    readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules'))
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`),
  );
  const paths = Object.values(lanes).flat();
  for (const path of paths) {
    if (!tests.some((test) => test.startsWith(path))) {
      throw new Error(
        `scripts/test-lanes.mjs names ${path}, and no test has that path. Change it to where the test is now.`,
      );
    }
  }
  for (const test of tests) {
    const found = paths.filter((path) => test.startsWith(path));
    if (found.length > 1) throw new Error(`scripts/test-lanes.mjs names ${test} more than once: ${found.join(', ')}.`);
  }
}
