/**
 * Settings: from code first, then from the environment, then the default. The variables of every table are read here. A wrong
 * value in code throws; a wrong variable is reported once and ignored.
 */
import { describeValue, invalidOption, WaymarkError } from '../errors.ts';
import { readOption } from '../read-option.ts';
import { isPlainObject } from './forms.ts';
import {
  type Environment,
  printValue,
  type Setting,
  type SettingTable,
  type Surroundings,
  Unreadable,
} from './setting.ts';
import { unknownOption } from './unknown-option.ts';

/** A setting in force. */
export interface SettingOrigin {
  /** The option, such as `serviceName`. */
  readonly name: string;
  /** For people. A secret is not shown, only that it is set. */
  readonly value: string;
  /** `code`, `default`, or the name of the variable. */
  readonly from: string;
}

export interface ResolvedSettings<Table extends SettingTable> {
  readonly values: { readonly [Name in keyof Table]: Table[Name]['fallback'] };
  readonly origins: readonly SettingOrigin[];
  /** Mistakes in the environment, a sentence each. */
  readonly warnings: readonly string[];
  /** The environment that was read. */
  readonly env: Environment;
}

/**
 * @param options As the developer gave them. `options.env` replaces `process.env`.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` or `WAYMARK_UNKNOWN_OPTION`, with the value and the remedy.
 */
export function resolveSettings<Table extends SettingTable, Options extends { readonly env?: Environment | undefined }>(
  table: Table,
  options: Options,
): ResolvedSettings<Table> {
  refuseUnknown(options, Object.keys(table));
  const env = (readOption(options, 'env') as Environment | undefined) ?? process.env; // TypeScript checks its type
  const origins: SettingOrigin[] = [];
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(table)) {
    const { value, from } = fromCode(name, setting, options, { env, warn }) ??
      fromEnvironment(setting, { env, warn }) ?? { value: setting.fallback, from: 'default' };
    values[name] = value;
    origins.push({ name, value: value === undefined ? 'not set' : (setting.show ?? printValue)(value), from });
  }
  return { values: values as ResolvedSettings<Table>['values'], origins, warnings, env }; // each name has its value
}

interface Found {
  readonly value: unknown;
  readonly from: string;
}

function fromCode(
  name: string,
  setting: Setting<unknown>,
  options: object,
  surroundings: Surroundings,
): Found | undefined {
  let given: unknown = options;
  for (const part of name.split('.')) given = isPlainObject(given) ? readOption(given, part) : undefined;
  if (given === undefined) return undefined;
  const value = setting.form.check(given, surroundings);
  if (value instanceof Unreadable) throw invalidSetting(name, setting, given, value);
  return { value, from: 'code' };
}

function invalidSetting(
  name: string,
  { show, remedy }: Setting<unknown>,
  given: unknown,
  unreadable: Unreadable,
): WaymarkError {
  const got = unreadable.shown ?? (show ?? describeValue)(given);
  return new WaymarkError(
    'WAYMARK_INVALID_OPTION',
    `${name} must be ${unreadable.expected}, got ${got}. ${unreadable.remedy ?? remedy}`,
  );
}

function fromEnvironment(
  { variables, form, show = String }: Setting<unknown>,
  { env, warn }: Surroundings,
): Found | undefined {
  for (const name of variables) {
    const text = Object.hasOwn(env, name) ? env[name]?.trim() : undefined;
    if (!text || !form.read) continue; // specification: an empty variable counts as unset
    const value = form.read(text, { name, env, warn });
    if (!(value instanceof Unreadable)) return { value, from: name };
    const hint = value.remedy === undefined ? '' : `. ${value.remedy}`;
    warn(`${name}=${show(text)} was ignored: it must be ${value.expected}${hint}`);
  }
  return undefined;
}

/** Throws for an unknown option, since a misspelt one would never take effect. */
function refuseUnknown(options: object, names: readonly string[], prefix = ''): void {
  if (!isPlainObject(options)) {
    throw invalidOption(prefix.slice(0, -1) || 'options', options, 'an object', 'Leave it out to use the defaults.');
  }
  const known = new Set(names.filter((name) => name.startsWith(prefix)).map((name) => firstPart(name, prefix)));
  for (const [key, value] of Object.entries(options)) {
    if (known.has(key)) {
      const isGroup = !names.includes(prefix + key);
      if (isGroup && value !== undefined) refuseUnknown(value as object, names, `${prefix}${key}.`); // the call checks its type
    } else if (prefix !== '' || key !== 'env') throw unknownOption(key, [...known], prefix);
  }
}

function firstPart(name: string, prefix: string): string {
  return name.slice(prefix.length).split('.', 1)[0] ?? '';
}

/**
 * The settings in force as lines for people: name, value, and where it came from. Secrets are not shown.
 *
 * @example
 * console.log(describeSettings(tracer.settings.origins));
 */
export function describeSettings(origins: readonly SettingOrigin[]): string {
  const width = Math.max(0, ...origins.map(({ name }) => name.length));
  return origins.map(({ name, value, from }) => `${name.padEnd(width)}  ${value}  (${from})`).join('\n');
}
