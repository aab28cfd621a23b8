// GraphQL by each server, found by itself where it can be, with real requests. An operation has one span, whatever the server and version.
import { findNode } from '../../matrix/node-binaries.ts';
import { buildPackages, runProgram } from './run-program.ts';

jest.setTimeout(180_000);

beforeAll(buildPackages);

const resolversOfBasket = [
  '    Query.basket',
  '      db: basket',
  '    Basket.note',
  '      note',
  '    Item.price',
  '      dataloader.batch prices ~2',
  '        db: prices',
  '    Item.price',
  '    Item.price',
];

/** graphql-jit calls the fields of the list first. */
const resolversInJit = [
  ...resolversOfBasket.slice(0, 2),
  ...resolversOfBasket.slice(4),
  ...resolversOfBasket.slice(2, 4),
];

const events = [
  'subscription Ticks ~1',
  '  Subscription.ticks',
  '    tick',
  'subscription Ticks ~1',
  '  Subscription.ticks',
  '    tick',
];

function requests(request: string, resolvers: readonly string[], typeOfFormatted = 'Error'): readonly string[] {
  const named = (operation: string) => (request === 'request' ? request : `${request} ${operation}`);
  return [
    named('query Basket'),
    '  query Basket',
    ...resolvers,
    named('query'),
    '  query',
    named('mutation Add'),
    '  mutation Add',
    '    Mutation.add',
    named('query Broken'),
    `  query Broken ! ${typeOfFormatted}: no stock of ?`,
    '    Query.broken ! Error: no stock of "a secret thing" (exception)',
    request,
    '  query ! GraphQLError: Cannot query field "nothing" on type "Query".',
    request,
    '  query ! GraphQLError: Syntax Error: Expected Name, found <EOF>.',
    request,
    '  query Basket',
    ...resolvers,
    ...(request === 'request' ? ['request'] : []),
    '  query',
  ];
}

const post = 'server POST /graphql';

test.each([
  ['5 as CommonJS', ['cjs', '@apollo/server']],
  ['4 as CommonJS', ['cjs', 'apollo4']],
  ['5 as CommonJS, with the plugin', ['cjs', '@apollo/server', 'plugin']],
  ['5 as ES module', ['esm', '@apollo/server']],
  ['5 as ES module, with the plugin', ['esm', '@apollo/server', 'plugin']],
  ['4 as ES module, with the plugin', ['esm', 'apollo4', 'plugin']],
])('Apollo Server %s', async (_, args) => {
  const { lines } = await runProgram(['apollo.cjs', ...args]);
  expect(lines).toEqual(requests(post, resolversOfBasket));
});

test.each([
  ['as CommonJS', ['cjs']],
  ['as CommonJS, with the plugin', ['cjs', 'plugin']],
  ['as ES module, with the plugin', ['esm', 'plugin']],
])('GraphQL Yoga %s', async (_, args) => {
  const { lines } = await runProgram(['yoga.cjs', ...args]);
  expect(lines).toEqual([
    ...requests(post, resolversOfBasket),
    'server GET /graphql subscription Ticks',
    '  subscription Ticks',
    ...events,
  ]);
});

test.each([
  ['16 without JIT', ['fastify', 'mercurius', '0'], resolversOfBasket],
  ['16 with JIT', ['fastify', 'mercurius', '1'], resolversInJit],
  ['16 in a scope', ['fastify', 'mercurius', '0', 'scope'], resolversOfBasket],
  ['14 with JIT', ['fastify4', 'mercurius14', '1'], resolversInJit],
])('Mercurius %s', async (_, args, resolvers) => {
  const { lines } = await runProgram(['mercurius.cjs', ...args]);
  // Subscribing over a WebSocket is not seen: the events are linked to the request that has opened it.
  expect(lines).toEqual([...requests(post, resolvers, 'GraphQLError'), 'server GET /graphql', ...events]);
});

test('graphql-http and graphql-ws as ES modules, with traced functions', async () => {
  const { lines } = await runProgram(['handlers.mjs']);
  const all = requests(post, resolversOfBasket);
  const broken = all.indexOf(`${post} query Broken`);
  expect(lines).toEqual([
    ...all.slice(0, 1 + 1 + resolversOfBasket.length),
    ...all.slice(broken, broken + 7),
    'message',
    '  subscription Ticks',
    ...events,
    'message',
    '  query Version',
  ]);
});

test('@defer: the span ends with the last part, or when the rest is not wanted', async () => {
  const { lines } = await runProgram(['defer.cjs']);
  expect(lines).toEqual([
    'open: true',
    'request',
    '  query Item',
    '    Item.price',
    '      price',
    'request that is given up',
    '  query Item',
  ]);
});

const nodes = ['20', '22', '24', '26'] as const;
const forms = ['cjs', 'esm'] as const;

describe.each(nodes)('on Node %s', (version) => {
  test.each([['graphql', 'cjs'], ...forms.map((form) => ['graphql17', form])] as [string, string][])(
    '%s by %s',
    async (name, form) => {
      const node = version === '20' ? process.execPath : findNode(Number(version));
      const { lines } = await runProgram(['plain.cjs', form, name], { node });
      expect(lines).toEqual([
        ...requests('request', resolversOfBasket),
        'request',
        '  subscription Ticks',
        ...events,
        'request',
        '  query',
        '    Query.method',
        '      in the method',
        '    Query.promise',
      ]);
    },
  );
});
