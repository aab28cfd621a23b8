/** The `libraries` option: which libraries are traced, and how much is recorded of their calls. */
import { describeValue, invalidOption } from './errors.ts';
import { isPlainObject } from './settings/forms.ts';
import { type Environment, type Form, Unreadable } from './settings/setting.ts';
import { unknownOption } from './settings/unknown-option.ts';

/** What every library's options have. */
export interface LibraryOptions {
  /** Whether a call gets a span only below an active span. `false`: a call outside any starts a trace. Default `true`. */
  readonly requireParentSpan?: boolean | undefined;
}

/** Options of a library that sends SQL. */
export interface SqlLibraryOptions extends LibraryOptions {
  /** Whether `db.query.text` is recorded, without its literals. Default `true`. */
  readonly queryText?: boolean | undefined;
  /** Whether the values of a statement's parameters are recorded, as `db.query.parameter.<n>`. They may be secret. Default `false`. */
  readonly queryParameters?: boolean | undefined;
}

/** Options of a Redis client. */
export interface RedisLibraryOptions extends LibraryOptions {
  /** Whether `db.query.text` is recorded: the command with its keys, and `?` in place of values. Default `true`. */
  readonly queryText?: boolean | undefined;
}

/** Options of Mongoose. */
export interface MongooseLibraryOptions extends LibraryOptions {
  /** Whether an operation of Mongoose (9.7 and later) has a span above those of its commands. Default `false`. */
  readonly operations?: boolean | undefined;
}

/** Options of Prisma. */
export interface PrismaLibraryOptions extends LibraryOptions {
  /** Whether `db.query.text` is recorded, without its literals. Default `true`. */
  readonly queryText?: boolean | undefined;
}

/** Options of BullMQ. */
export interface BullmqLibraryOptions extends LibraryOptions {
  /** Whether the processing of a job starts a trace with a link to the span that added the job. Default `false`: it continues that trace. */
  readonly newTracePerJob?: boolean | undefined;
}

/** Options by the name of the library. `false` turns one off. */
export interface OptionsByLibrary {
  /** PostgreSQL by `pg` (node-postgres), and what is built on it. */
  readonly pg?: boolean | SqlLibraryOptions | undefined;
  /** PostgreSQL by Postgres.js. */
  readonly postgres?: boolean | SqlLibraryOptions | undefined;
  /** MySQL and MariaDB by `mysql2`. */
  readonly mysql2?: boolean | SqlLibraryOptions | undefined;
  /** MariaDB and MySQL by `mariadb`. */
  readonly mariadb?: boolean | SqlLibraryOptions | undefined;
  /** SQLite by `better-sqlite3`. */
  readonly 'better-sqlite3'?: boolean | SqlLibraryOptions | undefined;
  /** SQLite by Node itself. */
  readonly 'node:sqlite'?: boolean | SqlLibraryOptions | undefined;
  /** SQL Server by `mssql`. */
  readonly mssql?: boolean | SqlLibraryOptions | undefined;
  /** SQL Server by `tedious`. */
  readonly tedious?: boolean | SqlLibraryOptions | undefined;
  /** Prisma's client. */
  readonly prisma?: boolean | PrismaLibraryOptions | undefined;
  /** MongoDB by its driver. */
  readonly mongodb?: boolean | LibraryOptions | undefined;
  /** Mongoose, whose commands the driver sends. */
  readonly mongoose?: boolean | MongooseLibraryOptions | undefined;
  /** Redis by `ioredis`. */
  readonly ioredis?: boolean | RedisLibraryOptions | undefined;
  /** Valkey by `iovalkey`. */
  readonly iovalkey?: boolean | RedisLibraryOptions | undefined;
  /** Redis by `redis` (node-redis). */
  readonly redis?: boolean | RedisLibraryOptions | undefined;
  /** Job queues by BullMQ. */
  readonly bullmq?: boolean | BullmqLibraryOptions | undefined;
}

/** A library that Waymark traces: the name of its package. */
export type LibraryName = keyof OptionsByLibrary;

/** `true` for all, `false` for none, the names of some, or options by name. */
export type LibrariesOption = boolean | readonly LibraryName[] | OptionsByLibrary;

type OptionsOf<Name extends LibraryName> = Exclude<OptionsByLibrary[Name], boolean | undefined>;
type InForce<Options> = { readonly [Key in keyof Options]-?: boolean };

const common = { requireParentSpan: true };
const sql = { ...common, queryText: true, queryParameters: false };
const redis = { ...common, queryText: true };

/** Each library with its defaults. */
const defaults: { readonly [Name in LibraryName]: InForce<OptionsOf<Name>> } = {
  pg: sql,
  postgres: sql,
  mysql2: sql,
  mariadb: sql,
  'better-sqlite3': sql,
  'node:sqlite': sql,
  mssql: sql,
  tedious: sql,
  prisma: { ...common, queryText: true },
  mongodb: common,
  mongoose: { ...common, operations: false },
  ioredis: redis,
  iovalkey: redis,
  redis,
  bullmq: { ...common, newTracePerJob: false },
};

/** The options in force, by library. One that is turned off has none. */
export type LibrarySettings = { readonly [Name in LibraryName]: InForce<OptionsOf<Name>> | undefined };

export const libraryNames: readonly LibraryName[] = Object.keys(defaults) as LibraryName[]; // its own keys

const nameSet: ReadonlySet<string> = new Set(libraryNames);

function isLibraryName(name: unknown): name is LibraryName {
  return typeof name === 'string' && nameSet.has(name);
}

/** The settings with these libraries on, and the rest off. */
function settingsOf(isOn: (name: LibraryName) => boolean): LibrarySettings {
  return Object.fromEntries(
    libraryNames.map((name) => [name, isOn(name) ? defaults[name] : undefined]),
  ) as LibrarySettings;
}

export const allLibraries: LibrarySettings = settingsOf(() => true);

/** OpenTelemetry's variables for its Node.js instrumentations. They name others too, such as `http`, which are skipped. */
export const libraryVariables: readonly string[] = [
  'OTEL_NODE_ENABLED_INSTRUMENTATIONS',
  'OTEL_NODE_DISABLED_INSTRUMENTATIONS',
];

/** @see https://opentelemetry.io/docs/zero-code/js/configuration/#excluding-instrumentation-libraries */
function readVariables(env: Environment): LibrarySettings {
  const [enabled, disabled] = libraryVariables.map((name) => {
    const text = env[name]?.trim();
    return text
      ? new Set(text.split(',').map((part) => part.trim().replace(/^@opentelemetry\/instrumentation-/, '')))
      : undefined;
  });
  return settingsOf((name) => (enabled === undefined || enabled.has(name)) && disabled?.has(name) !== true);
}

function checkNames(names: readonly unknown[]): LibrarySettings {
  for (const name of names) if (!isLibraryName(name)) throw unknownLibrary(name);
  return settingsOf((name) => names.includes(name));
}

function checkOptions(given: Readonly<Record<string, unknown>>): LibrarySettings {
  const settings: Record<string, object | undefined> = { ...allLibraries };
  for (const [name, options] of Object.entries(given)) {
    if (!isLibraryName(name)) throw unknownLibrary(name);
    if (options === undefined || options === true) continue;
    settings[name] = options === false ? undefined : { ...defaults[name], ...checkOne(name, options) };
  }
  return settings as LibrarySettings;
}

function checkOne(name: LibraryName, options: unknown): Readonly<Record<string, boolean>> {
  if (!isPlainObject(options)) {
    throw invalidOption(
      `libraries.${name}`,
      options,
      'true, false, or an object with options',
      'Leave it out to trace it.',
    );
  }
  const known = Object.keys(defaults[name]);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [key, value] of given) {
    if (!known.includes(key)) throw unknownOption(key, known, `libraries.${name}.`);
    if (typeof value !== 'boolean') {
      const fallback = describeValue((defaults[name] as Readonly<Record<string, boolean>>)[key]);
      throw invalidOption(`libraries.${name}.${key}`, value, 'true or false', `Leave it out to use ${fallback}.`);
    }
  }
  return Object.fromEntries(given) as Record<string, boolean>; // each value: just checked
}

function unknownLibrary(name: unknown): Error {
  return typeof name === 'string'
    ? unknownOption(name, libraryNames, 'libraries.')
    : invalidOption('libraries', name, `a list of names: ${libraryNames.join(', ')}`, 'Leave it out to trace all.');
}

/** The form of the option and of OpenTelemetry's variables. */
export const librariesForm: Form<LibrarySettings> = {
  read: (_, { env }) => readVariables(env),
  check(value) {
    if (value === true) return allLibraries;
    if (value === false) return settingsOf(() => false);
    if (Array.isArray(value)) return checkNames(value);
    if (isPlainObject(value)) return checkOptions(value);
    return new Unreadable(
      'true, false, a list of libraries such as ["pg"], or options by library such as { pg: false }',
    );
  },
};

/** The libraries that are on, or a wrong value as it was given. */
export function showLibraries(value: unknown): string {
  if (!isSettings(value)) return describeValue(value);
  const on = libraryNames.filter((name) => value[name] !== undefined);
  return on.length === libraryNames.length ? 'all' : on.join(', ') || 'none';
}

function isSettings(value: unknown): value is LibrarySettings {
  return typeof value === 'object' && value !== null && libraryNames.every((name) => Object.hasOwn(value, name));
}
