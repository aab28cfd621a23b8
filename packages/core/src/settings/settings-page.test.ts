// docs/settings.md has the same options as the tables.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpTracingOptions } from '../http/http-options.ts';
import { traceUrlTable } from '../http/trace-url.ts';
import { knownMethodsTable } from '../known-methods.ts';
import type { TracerOptions } from '../options.ts';
import { tracerSettingTable } from '../options.ts';
import { otlpSettingTable } from '../otlp/otlp-options.ts';
import { zipkinSettingTable } from '../zipkin/zipkin-options.ts';
import { printValue, type SettingTable } from './setting.ts';

interface Row {
  readonly option: string;
  readonly default: string;
  readonly variables: readonly string[];
}

const page = readFileSync(join(__dirname, '../../../../docs/settings.md'), 'utf8');

/** The rows of the table below a heading. */
function rowsOf(heading: string): Row[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| `.*\|$/gm)].map(([line]) => {
    const cells = line.split('|').map((cell) => cell.trim());
    expect(cells).toHaveLength(7);
    const [, option = '', type, byDefault = '', variables = '', whenToChange] = cells;
    expect([type, whenToChange]).not.toContain('');
    return {
      option: plain(option),
      default: plain(byDefault),
      variables: variables === '' ? [] : variables.split(', ').map(plain),
    };
  });
}

function plain(cell: string): string {
  return cell.replaceAll('`', '');
}

function rowsFrom(table: SettingTable): Row[] {
  return Object.entries(table).map(([option, { fallback, show = printValue, variables }]) => ({
    option,
    default: fallback === undefined ? 'not set' : show(fallback),
    variables,
  }));
}

const byOption = (one: Row, other: Row): number => (one.option < other.option ? -1 : 1);

test.each([
  ['The tracer', tracerSettingTable],
  ['OTLP', otlpSettingTable],
])('has in "%s" every option, with its default and its variables', (heading, table) => {
  expect(rowsOf(heading).sort(byOption)).toEqual(rowsFrom(table).sort(byOption));
});

test('has in "Zipkin" the options that differ from OTLP\'s, which has all others but protocol', () => {
  const own = rowsOf('Zipkin');
  const isOwn = ({ option }: Row): boolean => own.some((row) => row.option === option);
  const shared = rowsOf('OTLP')
    .filter((row) => row.option !== 'protocol' && !isOwn(row))
    .map((row) => ({ ...row, variables: row.variables.filter((name) => !name.startsWith('OTEL_EXPORTER_OTLP_')) }));
  expect([...own, ...shared].sort(byOption)).toEqual(rowsFrom(zipkinSettingTable).sort(byOption));
});

test('has in "HTTP" every option of the adapters', () => {
  // The type makes the compiler check that this list is complete.
  const options: Record<Exclude<keyof HttpTracingOptions, keyof TracerOptions>, true> = {
    tracer: true,
    ignore: true,
    outbound: true,
    knownMethods: true,
    redactQuery: true,
    captureHeaders: true,
    trust: true,
    allowBaggage: true,
    propagateTo: true,
    traceStateMember: true,
    existingTraceHeaders: true,
    responseHeaders: true,
    traceUrl: true,
  };
  const rows = rowsOf('HTTP');
  expect(rows.map(({ option }) => option)).toEqual(Object.keys(options));
  expect(rows).toEqual(expect.arrayContaining([...rowsFrom(knownMethodsTable), ...rowsFrom(traceUrlTable)]));
});
