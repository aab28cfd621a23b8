import { allLibraries, type LibrarySettings, librariesForm, libraryNames, showLibraries } from './libraries-option.ts';
import { Unreadable } from './settings/setting.ts';

const surroundings = { env: {}, warn: () => {} };

function check(value: unknown): LibrarySettings {
  const settings = librariesForm.check(value, surroundings);
  if (settings instanceof Unreadable) throw new Error(`must be ${settings.expected}`);
  return settings;
}

function read(env: Record<string, string>): LibrarySettings {
  const settings = librariesForm.read?.('given', { env, warn: () => {}, name: 'given' });
  if (settings === undefined || settings instanceof Unreadable) throw new Error('it was not read');
  return settings;
}

function on(settings: LibrarySettings): readonly string[] {
  return libraryNames.filter((name) => settings[name] !== undefined);
}

test('true is all, and false is none', () => {
  expect(check(true)).toEqual(allLibraries);
  expect(on(check(true))).toEqual(libraryNames);
  expect(on(check(false))).toEqual([]);
});

test('a list turns on what it names, with the defaults', () => {
  const settings = check(['pg', 'node:sqlite']);
  expect(on(settings)).toEqual(['pg', 'node:sqlite']);
  expect(settings.pg).toEqual({ requireParentSpan: true, queryText: true, queryParameters: false });
});

test('options by name leave the other libraries on, and the other options as they are', () => {
  const settings = check({ pg: { queryText: false }, redis: false, ioredis: undefined, bullmq: true });
  expect(settings.pg).toEqual({ requireParentSpan: true, queryText: false, queryParameters: false });
  expect(on(settings)).toEqual(libraryNames.filter((name) => name !== 'redis'));
});

test.each([
  [{ pgg: false }, 'There is no option libraries.pgg. Did you mean libraries.pg?'],
  [['ioredi'], 'There is no option libraries.ioredi. Did you mean libraries.ioredis?'],
  [{ pg: { queryTexts: true } }, 'There is no option libraries.pg.queryTexts. Did you mean libraries.pg.queryText?'],
  [{ pg: { queryText: 1 } }, 'libraries.pg.queryText must be true or false, got 1. Leave it out to use true.'],
  [{ pg: 'on' }, 'libraries.pg must be true, false, or an object with options, got "on". Leave it out to trace it.'],
  [[7], 'libraries must be a list of names'],
  ['pg', 'must be true, false, a list of libraries'],
])('%j is refused with the remedy', (value, message) => {
  expect(() => check(value)).toThrow(message);
});

test.each<[string, Record<string, string>, readonly string[]]>([
  [
    'what is enabled, and skips the names of others',
    { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http, pg ,redis' },
    ['pg', 'redis'],
  ],
  [
    'what is not disabled',
    { OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'pg,@opentelemetry/instrumentation-redis' },
    libraryNames.filter((name) => name !== 'pg' && name !== 'redis'),
  ],
  [
    'what is enabled and not disabled',
    { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'pg,mongodb', OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'pg' },
    ['mongodb'],
  ],
])('the variables of OpenTelemetry turn on %s', (_, env, expected) => {
  expect(on(read(env))).toEqual(expected);
});

test('is shown by the names', () => {
  expect(showLibraries(check(true))).toBe('all');
  expect(showLibraries(check(false))).toBe('none');
  expect(showLibraries(check(['redis', 'pg']))).toBe('pg, redis');
  expect(showLibraries({ pg: 7 })).toBe('{"pg":7}');
});
