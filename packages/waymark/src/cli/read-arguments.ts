/** Reads the arguments of a command by its table of options. Errors suggest what was probably meant. */
import { parseArgs } from 'node:util';
import { CliError } from './cli-error.ts';
import { nearestWord } from './nearest-word.ts';

export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** The name of the value in the help: `--port NUMBER`. */
  readonly value?: string;
  readonly help: string;
}

export interface Arguments {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

export function readArguments(
  args: readonly string[],
  options: Readonly<Record<string, Option>>,
  { maxPositionals, command }: { readonly maxPositionals: number; readonly command: string },
): Arguments {
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const values: Record<string, string | boolean | undefined> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) throw unknownOption(token.rawName, options, command);
    if (option.type === 'boolean' && token.value !== undefined) {
      throw new CliError('WAYMARK_USAGE', `${token.rawName} takes no value, got "${token.value}".`);
    }
    if (
      option.type === 'string' &&
      (token.value === undefined || (token.value.startsWith('-') && !token.inlineValue))
    ) {
      throw new CliError(
        'WAYMARK_USAGE',
        `${token.rawName} needs a value: ${token.rawName} ${option.value ?? 'VALUE'}`,
      );
    }
    values[token.name] = token.value ?? true;
  }
  const surplus = positionals[maxPositionals];
  if (surplus !== undefined) {
    throw new CliError('WAYMARK_USAGE', `There is one argument too many: "${surplus}". ${seeHelp(command)}`);
  }
  return { values, positionals };
}

/** `waymark` itself has no name, and its help is the overview. */
function seeHelp(command: string): string {
  return `See: waymark help${command === '' ? '' : ` ${command}`}`;
}

function unknownOption(rawName: string, options: Readonly<Record<string, Option>>, command: string): CliError {
  const nearest = nearestWord(rawName.replace(/^-+/, ''), Object.keys(options));
  const remedy = nearest === undefined ? seeHelp(command) : `Did you mean --${nearest}?`;
  return new CliError('WAYMARK_USAGE', `There is no option ${rawName}. ${remedy}`);
}

/** A whole number in a range. */
export function readNumber(
  { values }: Arguments,
  name: string,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const number = Number(text);
  if (typeof text === 'string' && text.trim() !== '' && Number.isInteger(number) && number >= min && number <= max) {
    return number;
  }
  throw new CliError('WAYMARK_USAGE', `--${name} must be a whole number from ${min} to ${max}, got "${text}".`);
}

export function readText({ values }: Arguments, name: string): string | undefined {
  const text = values[name];
  return typeof text === 'string' ? text : undefined;
}

const unitsInMs: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, min: 6e4, h: 3.6e6, d: 8.64e7 };

/** A duration in milliseconds: `200ms`, `1.5s`, `7d`. */
export function readDurationMs(args: Arguments, name: string): number | undefined {
  return readQuantity(args, name, unitsInMs, 'ms', '200ms, 1.5s, 12h or 7d');
}

const unitsInBytes: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** A size in bytes: `512mb`. */
export function readBytes(args: Arguments, name: string): number | undefined {
  const bytes = readQuantity(args, name, unitsInBytes, 'b', '512mb or 2gb');
  return bytes === undefined ? undefined : Math.round(bytes);
}

function readQuantity(
  { values }: Arguments,
  name: string,
  units: Readonly<Record<string, number>>,
  defaultUnit: string,
  examples: string,
): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const [, digits = '', unit = defaultUnit] = /^(\d*\.?\d+) ?([a-z]+)?$/i.exec(String(text)) ?? [];
  const factor = units[unit.toLowerCase()];
  const quantity = Number(digits) * (factor ?? Number.NaN);
  if (digits !== '' && quantity > 0) return quantity;
  throw new CliError('WAYMARK_USAGE', `--${name} must be a quantity such as ${examples}, got "${text}".`);
}
