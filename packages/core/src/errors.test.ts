import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { trace } from '@opentelemetry/api';
import { createTracer } from './create-tracer.ts';
import { withSpan } from './current.ts';
import { describeValue, errorCodes, invalidOption, WaymarkError, type WaymarkErrorCode } from './errors.ts';
import { type NestApp, platformOf } from './http/nest-app.ts';
import { wrongUse } from './http/wrong-use.ts';
import { bridgeOpenTelemetry } from './opentelemetry/index.ts';
import { traceIdRatioSampler } from './sampler.ts';
import { createSpanContext } from './span-context.ts';

const page = readFileSync(join(__dirname, '../../../docs/errors.md'), 'utf8');

/** The sections of the page, by code. */
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section): [string, string] => {
      const [code = ''] = section.split('\n', 1);
      return [code, section];
    }),
);

test('has a section in docs/errors.md for each code, and none for others', () => {
  expect([...sections.keys()]).toEqual(errorCodes);
});

/** The examples of the page. */
const mistakes: Record<WaymarkErrorCode, () => unknown> = {
  WAYMARK_INVALID_OPTION: () => createTracer({ limits: { eventCount: '64' as never } }), // the mistake
  WAYMARK_UNKNOWN_OPTION: () => createTracer({ exporters: [] } as object),
  WAYMARK_INVALID_SAMPLER: () => traceIdRatioSampler(10),
  WAYMARK_INVALID_SPAN_CONTEXT: () =>
    createSpanContext({ traceId: '4BF92F3577B34DA6A3CE929D0E0E4736', spanId: '00f067aa0ba902b7' }),
  WAYMARK_MISSING_FUNCTION: () => withSpan('load user', undefined as never),
  WAYMARK_WRONG_FRAMEWORK() {
    throw wrongUse('fastify-called'); // as @waymark/fastify does
  },
  WAYMARK_LATE_SETUP: () =>
    platformOf(
      { isInitialized: true, getHttpAdapter: () => ({ getType: () => 'express', getInstance() {} }) } as NestApp,
      'express',
    ),
  WAYMARK_INVALID_OPENTELEMETRY_API: () => bridgeOpenTelemetry(trace as never), // the mistake
};

test.each(errorCodes)('has cause, remedy and a true example in the section of %s', (code) => {
  const section = sections.get(code) ?? '';
  expect(section).toMatch(/^- \*\*When\*\*: /m);
  expect(section).toMatch(/^- \*\*Cause\*\*: /m);
  expect(section).toMatch(/^- \*\*Remedy\*\*: /m);
  expect(section).toContain('```js\n');
  try {
    mistakes[code]();
  } catch (error) {
    expect(error).toBeInstanceOf(WaymarkError);
    const { code: thrown, message } = error as WaymarkError; // just checked
    expect(thrown).toBe(code);
    expect(section).toContain(`\`\`\`\n${message}\n\`\`\``);
    return;
  }
  throw new Error('expected the example to throw');
});

test('is an Error with a name, a code, a cause and a stack', () => {
  const cause = new Error('why');
  const error = new WaymarkError('WAYMARK_INVALID_OPTION', 'What happened.', { cause });
  expect(error).toBeInstanceOf(Error);
  expect({ name: error.name, code: error.code, message: error.message, cause: error.cause }).toEqual({
    name: 'WaymarkError',
    code: 'WAYMARK_INVALID_OPTION',
    message: 'What happened. (WAYMARK_INVALID_OPTION)',
    cause,
  });
  expect(error.stack).toContain('errors.test.ts');
});

test('says what was given, what was expected and what to do', () => {
  expect(invalidOption('a.b', -1, 'a positive integer', 'Leave it out to use 5.').message).toBe(
    'a.b must be a positive integer, got -1. Leave it out to use 5. (WAYMARK_INVALID_OPTION)',
  );
});

const cycle: { self?: unknown } = {};
cycle.self = cycle;

test.each([
  ['text', '"text"'],
  ['two\nlines', '"two\\nlines"'],
  [-0.5, '-0.5'],
  [Number.NaN, 'NaN'],
  [5n, '5n'],
  [true, 'true'],
  [null, 'null'],
  [undefined, 'undefined'],
  [Symbol('s'), 'Symbol(s)'],
  [function named() {}, 'a function (named)'],
  [(() => () => {})(), 'a function (anonymous)'],
  [{ a: [1] }, '{"a":[1]}'],
  [cycle, 'an object'],
  [{ big: 1n }, 'an object'],
  ['x'.repeat(78), `"${'x'.repeat(78)}"`],
  ['x'.repeat(79), `"${'x'.repeat(76)}...`],
])('describes %p as %s', (value, description) => {
  expect(describeValue(value)).toBe(description);
});
