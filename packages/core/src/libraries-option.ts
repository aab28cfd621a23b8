/** The `libraries` option: which libraries are traced, and how much is recorded of their calls. */
import { describeValue, invalidOption } from './errors.ts';
import { type BackgroundOptionsByLibrary, backgroundDefaults } from './library-options/background.ts';
import { type CloudOptionsByLibrary, cloudDefaults } from './library-options/cloud.ts';
import { type DatabaseOptionsByLibrary, databaseDefaults } from './library-options/databases.ts';
import { type GraphqlOptionsByLibrary, graphqlDefaults } from './library-options/graphql.ts';
import type { InForce } from './library-options/library-options.ts';
import { type MessagingOptionsByLibrary, messagingDefaults } from './library-options/messaging.ts';
import {
  asksForContents,
  contentsVariable,
  type ModelOptionsByLibrary,
  modelDefaults,
} from './library-options/models.ts';
import { type RpcOptionsByLibrary, rpcDefaults } from './library-options/rpc.ts';
import { type SocketOptionsByLibrary, socketDefaults } from './library-options/sockets.ts';
import { isPlainObject } from './settings/forms.ts';
import { type Environment, type Form, Unreadable } from './settings/setting.ts';
import { unknownOption } from './settings/unknown-option.ts';

/** Options by the name of the library. `false` turns one off. */
export interface OptionsByLibrary
  extends DatabaseOptionsByLibrary,
    MessagingOptionsByLibrary,
    RpcOptionsByLibrary,
    GraphqlOptionsByLibrary,
    SocketOptionsByLibrary,
    CloudOptionsByLibrary,
    ModelOptionsByLibrary,
    BackgroundOptionsByLibrary {}

/** A library that Waymark traces: the name of its package. */
export type LibraryName = keyof OptionsByLibrary;

/** `true` for all, `false` for none, the names of some, or options by name. */
export type LibrariesOption = boolean | readonly LibraryName[] | OptionsByLibrary;

type OptionsOf<Name extends LibraryName> = Exclude<OptionsByLibrary[Name], boolean | undefined>;

/** Each library with its defaults. */
const defaults: { readonly [Name in LibraryName]: InForce<OptionsOf<Name>> } = {
  ...databaseDefaults,
  ...messagingDefaults,
  ...rpcDefaults,
  ...graphqlDefaults,
  ...socketDefaults,
  ...cloudDefaults,
  ...modelDefaults,
  ...backgroundDefaults,
};

/** The options in force, by library. One that is turned off has none. */
export type LibrarySettings = { readonly [Name in LibraryName]: InForce<OptionsOf<Name>> | undefined };

export const libraryNames: readonly LibraryName[] = Object.keys(defaults) as LibraryName[]; // its own keys

const nameSet: ReadonlySet<string> = new Set(libraryNames);

function isLibraryName(name: unknown): name is LibraryName {
  return typeof name === 'string' && nameSet.has(name);
}

/** The defaults where a variable may change them. */
function defaultsIn(env: Environment): Readonly<Record<LibraryName, Readonly<Record<string, boolean | number>>>> {
  if (!asksForContents(env[contentsVariable])) return defaults;
  const names = Object.keys(modelDefaults) as (keyof typeof modelDefaults)[]; // its own keys
  const models = names.map((name) => [name, { ...modelDefaults[name], contents: true }] as const);
  return { ...defaults, ...Object.fromEntries(models) };
}

/** The settings with these libraries on, and the rest off. */
function settingsOf(isOn: (name: LibraryName) => boolean, env: Environment): LibrarySettings {
  const inForce = defaultsIn(env);
  return Object.fromEntries(
    libraryNames.map((name) => [name, isOn(name) ? inForce[name] : undefined]),
  ) as LibrarySettings;
}

export const allLibraries: LibrarySettings = settingsOf(() => true, {});

/** OpenTelemetry's variables for its Node.js instrumentations. They name others too, such as `http`, which are skipped. */
const nameVariables = ['OTEL_NODE_ENABLED_INSTRUMENTATIONS', 'OTEL_NODE_DISABLED_INSTRUMENTATIONS'];

export const libraryVariables: readonly string[] = [...nameVariables, contentsVariable];

/** @see https://opentelemetry.io/docs/zero-code/js/configuration/#excluding-instrumentation-libraries */
function readVariables(env: Environment): LibrarySettings {
  const [enabled, disabled] = nameVariables.map((name) => {
    const text = env[name]?.trim();
    return text
      ? new Set(text.split(',').map((part) => part.trim().replace(/^@opentelemetry\/instrumentation-/, '')))
      : undefined;
  });
  return settingsOf((name) => (enabled === undefined || enabled.has(name)) && disabled?.has(name) !== true, env);
}

function checkNames(names: readonly unknown[], env: Environment): LibrarySettings {
  for (const name of names) if (!isLibraryName(name)) throw unknownLibrary(name);
  return settingsOf((name) => names.includes(name), env);
}

function checkOptions(given: Readonly<Record<string, unknown>>, env: Environment): LibrarySettings {
  const inForce = defaultsIn(env);
  const settings: Record<string, object | undefined> = { ...inForce };
  for (const [name, options] of Object.entries(given)) {
    if (!isLibraryName(name)) throw unknownLibrary(name);
    if (options === undefined || options === true) continue;
    settings[name] = options === false ? undefined : { ...inForce[name], ...checkOne(name, options) };
  }
  return settings as LibrarySettings;
}

function checkOne(name: LibraryName, options: unknown): Readonly<Record<string, boolean | number>> {
  if (!isPlainObject(options)) {
    throw invalidOption(
      `libraries.${name}`,
      options,
      'true, false, or an object with options',
      'Leave it out to trace it.',
    );
  }
  const known: Readonly<Record<string, boolean | number>> = defaults[name];
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [key, value] of given) {
    const fallback = Object.hasOwn(known, key) ? known[key] : undefined;
    if (fallback === undefined) throw unknownOption(key, Object.keys(known), `libraries.${name}.`);
    if (typeof fallback === 'boolean' ? typeof value !== 'boolean' : !isCount(value)) {
      const expected = typeof fallback === 'boolean' ? 'true or false' : 'a whole number of at least 0';
      const remedy = `Leave it out to use ${describeValue(fallback)}.`;
      throw invalidOption(`libraries.${name}.${key}`, value, expected, remedy);
    }
  }
  return Object.fromEntries(given) as Record<string, boolean | number>; // each value: just checked
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function unknownLibrary(name: unknown): Error {
  return typeof name === 'string'
    ? unknownOption(name, libraryNames, 'libraries.')
    : invalidOption('libraries', name, `a list of names: ${libraryNames.join(', ')}`, 'Leave it out to trace all.');
}

/** The form of the option and of OpenTelemetry's variables. */
export const librariesForm: Form<LibrarySettings> = {
  read: (_, { env }) => readVariables(env),
  check(value, { env }) {
    if (value === true) return settingsOf(() => true, env);
    if (value === false) return settingsOf(() => false, env);
    if (Array.isArray(value)) return checkNames(value, env);
    if (isPlainObject(value)) return checkOptions(value, env);
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
