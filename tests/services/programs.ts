// Where the programs of the servers are on this machine.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ServiceName } from './service.ts';

/** The programs by their names, or the names of those that are missing. */
export type Found = { readonly programs: Readonly<Record<string, string>> } | { readonly missing: string };

const found = new Map<ServiceName, Found>();

export function findPrograms(service: ServiceName): Found {
  let programs = found.get(service);
  if (programs === undefined) {
    programs = find[service]();
    found.set(service, programs);
  }
  return programs;
}

/** @throws Error for a program that is missing. */
export function programsOf(service: ServiceName): Readonly<Record<string, string>> {
  const result = findPrograms(service);
  if ('missing' in result) throw new Error(result.missing);
  return result.programs;
}

const find: Readonly<Record<ServiceName, () => Found>> = {
  postgres: () => allOf('postgresql', ['initdb', 'postgres'], debianPostgres()),
  mariadb: () => allOf('mariadb-server', ['mariadb-install-db', 'mariadbd'], ['/usr/sbin']),
  redis: () => allOf('redis-server', ['redis-server', 'redis-cli'], []),
  mongo: () => preparedOr('ferretdb', 'FerretDB'),
  rabbitmq: () => allOf('rabbitmq-server', ['rabbitmq-server', 'epmd'], ['/usr/lib/rabbitmq/bin']),
  kafka: findKafka,
  aws: () => ({ programs: {} }), // in the process of the test
  nats: () => preparedOr('nats', 'NATS'),
};

/** Debian puts PostgreSQL's programs into a folder for each version. Newest first. */
function debianPostgres(): readonly string[] {
  const folder = '/usr/lib/postgresql';
  if (!existsSync(folder)) return [];
  const versions = readdirSync(folder).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(folder, version, 'bin'));
}

function allOf(debianPackage: string, names: readonly string[], folders: readonly string[]): Found {
  const programs: Record<string, string> = {};
  for (const name of names) {
    const path = [...folders, ...(process.env.PATH ?? '').split(delimiter)]
      .map((folder) => join(folder, name))
      .find((file) => existsSync(file));
    if (path === undefined) return { missing: `${name} is missing: apt-get install ${debianPackage}` };
    programs[name] = path;
  }
  return { programs };
}

function findKafka(): Found {
  const java = allOf('default-jre-headless', ['java'], []);
  if ('missing' in java) return java;
  const kafka = preparedOr('kafka', 'Kafka');
  return 'missing' in kafka ? kafka : { programs: { ...java.programs, ...kafka.programs } };
}

/** What `prepare.mjs` brings. */
function preparedOr(program: string, name: string): Found {
  const script = join(__dirname, 'prepare.mjs');
  const path = spawnSync(process.execPath, [script, `--path=${program}`], { encoding: 'utf8' }).stdout.trim();
  if (existsSync(path)) return { programs: { [program]: path } };
  return { missing: `${name} is missing: node tests/services/prepare.mjs` };
}
