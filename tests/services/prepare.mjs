// @ts-check
// `node tests/services/prepare.mjs`: brings the servers that Debian does not have into the user's cache, where they stay. FerretDB, which
// speaks MongoDB's protocol, and NATS are built: a minute and half a minute of a processor. Kafka is 46 MB of jars, by Maven. It needs
// Node alone, not even this repository's dependencies, so that CI can begin with it. `--path=ferretdb`, `--path=nats` and `--path=kafka`
// only print where the server is, or will be.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cache, digestOf, must } from '../backends/cache.mjs';
import { buildGo } from '../backends/go.mjs';

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));

const ferretdbFolder = join(here, 'ferretdb');
const natsFolder = join(here, 'nats');
const kafkaPom = join(here, 'kafka/pom.xml');

/** A binary. */
const ferretdb = join(
  cache,
  `ferretdb-${process.platform}-${process.arch}-${digestOf(join(ferretdbFolder, 'go.sum'), join(ferretdbFolder, 'main.go'))}`,
);

/** A binary. */
const nats = join(
  cache,
  `nats-${process.platform}-${process.arch}-${digestOf(join(natsFolder, 'go.sum'), join(natsFolder, 'main.go'))}`,
);

/** A folder of jars. */
const kafka = join(cache, `kafka-${digestOf(kafkaPom)}`);

async function prepareKafka() {
  if (existsSync(kafka)) return;
  mkdirSync(cache, { recursive: true });
  const part = `${kafka}.${process.pid}`;
  const copy = ['-B', '-q', '-f', kafkaPom, 'dependency:copy-dependencies', '-DincludeScope=runtime'];
  await must(
    'Kafka is missing: Maven brings it. Install maven',
    run('mvn', [...copy, `-DoutputDirectory=${part}`], { cwd: cache }),
  );
  try {
    renameSync(part, kafka);
  } catch {
    rmSync(part, { recursive: true }); // another process was first
  }
}

const asked = process.argv.find((argument) => argument.startsWith('--path='))?.slice('--path='.length);

if (asked !== undefined) {
  console.log({ ferretdb, nats, kafka }[asked]);
} else {
  const prepared = await Promise.allSettled([
    buildGo('FerretDB', ferretdb, ferretdbFolder, ['-tags=ferretdb_no_postgresql', '.']),
    buildGo('NATS', nats, natsFolder, ['.']),
    prepareKafka(),
  ]);
  for (const one of prepared) {
    if (one.status === 'fulfilled') continue;
    console.error(one.reason.message);
    process.exitCode = 1;
  }
  for (const path of [ferretdb, nats, kafka]) if (existsSync(path)) console.log(path);
}
