import { maxDocumentLength, readDocument } from './document-text.ts';

const textOf = (source: string) => readDocument(source).text;
const operationsOf = (source: string) =>
  readDocument(source).operations.map(({ type, name }) => (name === undefined ? type : `${type} ${name}`));

test('replaces strings and numbers, and keeps names, enum values, booleans, null and variables', () => {
  expect(
    textOf(`
      # a comment with "a secret"
      query Orders($id: ID! = "a secret", $first: Int = 10) @live(after: -1.5e3) {
        orders(id: $id, first: $first, status: PAID, open: true, note: null, text: """a "secret" block \\""" more""") {
          id1 ...Parts @include(if: false)
        }
      }
      fragment Parts on Order { parts(where: {size: 3, tags: ["a", "b", "c"], name: "\\"secret\\""}) { name } }
    `),
  ).toBe(
    'query Orders($id: ID! = ?, $first: Int = ?) @live(after: ?) { ' +
      'orders(id: $id, first: $first, status: PAID, open: true, note: null, text: ?) { id1 ...Parts @include(if: false) } } ' +
      'fragment Parts on Order { parts(where: {size: ?, tags: [?], name: ?}) { name } }',
  );
});

test('is empty for a document without tokens', () => {
  expect(readDocument(' \n# only a comment')).toEqual({ text: '', operations: [] });
});

test.each([
  ['{ user(name: "a\nsecret") }', '{ user(name:…'],
  ["{ user(name: 'a secret') }", '{ user(name:…'],
  ['{ user(name: """a secret) }', '{ user(name:…'],
  ['{ user(name: "a secret) }', '{ user(name:…'],
  ['{ user(name: %a secret) }', '{ user(name:…'],
  ['{ user(name: "a\\', '{ user(name:…'],
  ['{ user(pin: 12ab34) }', '{ user(pin: ?) }'],
])('stops in a document that is not valid where a literal may be: %s', (source, text) => {
  expect(textOf(source)).toBe(text);
});

test('finds the operations of a document, and nothing that only looks like one', () => {
  expect(operationsOf('{ a }')).toEqual(['query']);
  expect(operationsOf('query { a }')).toEqual(['query']);
  expect(operationsOf('query query { a }')).toEqual(['query query']);
  expect(operationsOf('query ($id: ID = "}") { mutation }')).toEqual(['query']);
  expect(operationsOf('subscription @live { a }')).toEqual(['subscription']);
  expect(
    operationsOf(
      'fragment query on T { a } query A { ...query } # query X { a }\nmutation B($a: [I!]! = {b: 1}) { c }',
    ),
  ).toEqual(['query A', 'mutation B']);
  expect(operationsOf('type Query { query: Int }')).toEqual([]);
});

test('cuts a long document, between tokens', () => {
  const exact = `{ ${'a '.repeat((maxDocumentLength - 4) / 2)}b}`;
  expect(exact).toHaveLength(maxDocumentLength);
  expect(textOf(exact)).toBe(exact);
  const longer = textOf(exact.replace('b}', 'bcd}'));
  expect(longer.endsWith(' a…')).toBe(true);
  expect(longer.length).toBeLessThanOrEqual(maxDocumentLength + 1);
});

test.each([
  ['deep', '{a'.repeat(500_000)],
  ['quotes', '"'.repeat(1_000_000)],
  ['quotes that do not end', `{a(b:"${'\\"'.repeat(500_000)}`],
  ['block strings that do not end', `{a(b:${'"""\\'.repeat(250_000)}`],
  ['spaces', ' '.repeat(1_000_000)],
  ['comments', '#\n'.repeat(500_000)],
  ['numbers', '-'.repeat(1_000_000)],
  ['literals', `{a(b:[${'1,'.repeat(500_000)}])}`],
  ['names', 'a'.repeat(1_000_000)],
  ['operations', 'query A{a}'.repeat(100_000)],
])('takes time linear in a hostile document: %s', (_, source) => {
  const startMs = performance.now();
  const { text, operations } = readDocument(source);
  expect(performance.now() - startMs).toBeLessThan(1000);
  expect(text.length).toBeLessThanOrEqual(maxDocumentLength + 1);
  expect(operations.length).toBeLessThanOrEqual(50);
});
