// What is bounded, what is recorded of failures, and what options change, alike for the functions of version 16 and the channels of 17.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildPackages } from './run-program.ts';

jest.setTimeout(120_000);

beforeAll(buildPackages);

interface Section {
  readonly lines: readonly string[];
  readonly attributes: readonly Readonly<Record<string, unknown>>[];
}

interface Output {
  readonly sections: Readonly<Record<string, Section>>;
  readonly answers: readonly unknown[];
}

async function run(name: string, options: object): Promise<Output> {
  const program = join(__dirname, 'programs/limits.cjs');
  const { stdout } = await promisify(execFile)(process.execPath, [program, name, JSON.stringify(options)], {
    maxBuffer: 1e8,
    env: { PATH: process.env.PATH },
  });
  return JSON.parse(stdout) as Output;
}

const count = (lines: readonly string[] = [], pattern: RegExp) => lines.filter((line) => pattern.test(line)).length;

describe.each(['graphql', 'graphql17'])('%s', (name) => {
  let sections: Output['sections'];
  let answers: Output['answers'];

  beforeAll(async () => {
    ({ sections, answers } = await run(name, {}));
  });

  const of = (title: string) => sections[title]?.lines;
  const find = (title: string, key: string) =>
    sections[title]?.attributes.map((attributes) => attributes[key]).find((value) => value !== undefined);

  test('a long list has some spans of each resolver, and the calls of the others are below the operation', () => {
    expect(count(of('list'), /^ {4}Item\.price$/)).toBe(20);
    expect(count(of('list'), /^ {6}price of \d+$/)).toBe(20);
    expect(count(of('list'), /^ {4}price of \d+$/)).toBe(980);
    expect(find('list', 'graphql.resolvers.omitted')).toBe(980);
    expect(find('list', 'graphql.field.path')).toMatch(/^items\.\d+\.price$/);
  });

  test('aliases count as one field', () => {
    expect(of('aliases')).toEqual(['request', '  query', ...Array(20).fill('    Query.item')]);
    expect(find('aliases', 'graphql.resolvers.omitted')).toBe(80);
  });

  test('what a resolver calls is below it, among operations that run at the same time', () => {
    const request = (id: number) => [
      'request',
      '  query Item',
      '    Query.item',
      '    Item.owner',
      '    Item.price',
      `      price of ${id}`,
    ];
    expect(of('concurrent')).toEqual([101, 102, 103].flatMap(request));
  });

  test('a resolver that only reads the active span has one, a thenable is awaited once, and a list of promises as a whole', () => {
    expect(of('forms')).toEqual([
      'request',
      '  query',
      '    Query.traceId',
      '    Query.thenable',
      '      query of a builder',
      '    Query.list',
      '      item 1',
      '      item 2',
    ]);
    const data = { traceId: expect.stringMatching(/^[0-9a-f]{16}$/), thenable: 1, list: [1, 2] };
    expect(answers[3]).toEqual({ data });
  });

  test('a failure is recorded once, where it happened, and the status has no literals', () => {
    expect(of('returned')).toEqual([
      'request',
      '  query ! TypeError: returned ?',
      '    Query.returned ! TypeError: returned "secret" (exception)',
    ]);
    expect(of('coded')).toEqual([
      'request',
      '  query ! OUT_OF_RANGE: no',
      '    Query.coded ! OUT_OF_RANGE: no (exception)',
    ]);
    expect(of('required')).toEqual([
      'request',
      '  query ! Error: Cannot return null for non-nullable field Query.required.',
    ]);
    expect(of('literals')).toEqual(['request', '  query ! GraphQLError: Int cannot represent non-integer value: ?']);
    expect(find('literals', 'graphql.document')).toBe('query Bad { item(id: ?) { id } }');
    expect(find('literals', 'graphql.errors.count')).toBe(1);
  });

  test('an operation outside of any span has none', () => {
    expect(of('outside')).toEqual([]);
  });

  test('names of operations are bounded', () => {
    // Item and Bad have been before: a refused operation names nothing.
    expect(count(of('names'), /^ {2}query Q\d+ /)).toBe(999);
    expect(count(of('names'), /^ {2}query ! /)).toBe(101);
    expect(new Set(sections.names?.attributes.map((one) => one['graphql.operation.name'])).size).toBe(1101);
  });
});

test.each(['graphql', 'graphql17'])('%s with options', async (name) => {
  const { sections } = await run(name, { document: false, maxResolvers: 0, requireParentSpan: false });
  expect(sections.outside?.lines).toEqual(['query']);
  expect(sections.concurrent?.lines.slice(0, 3)).toEqual(['request', '  query Item', '    price of 101']);
  expect(count(sections.list?.lines, /Item\.price/)).toBe(0);
  const attributes = Object.values(sections).flatMap((section) => section.attributes);
  expect(attributes.filter((one) => 'graphql.document' in one || 'graphql.resolvers.omitted' in one)).toEqual([]);
});
