// The instrumentation of GraphQL through the bridge.
import { runBoth } from './run-both.ts';

describe('GraphQL', () => {
  // A query that does not parse or validate is an exception of its span, without error status.
  test.each(['sdk-3', 'sdk-2'] as const)('graphql 16, %s', async (generation) => {
    const { lines, waymark, sdk } = await runBoth('graphql', { generation });
    expect(lines).toEqual([
      'graphql.parseSchema (graphql)',
      'server failure of a resolver',
      '  graphql.parse (graphql)',
      '  graphql.validate (graphql)',
      '  query (graphql)',
      '    graphql.resolve broken (graphql) ! no such thing',
      'server item 3',
      '  graphql.parse (graphql)',
      '  graphql.validate (graphql)',
      '  query One (graphql)',
      '    graphql.resolve item (graphql)',
      '      graphql.resolve item.price (graphql)',
      '        price of 3',
      'server item 4',
      '  graphql.parse (graphql)',
      '  graphql.validate (graphql)',
      '  query One (graphql)',
      '    graphql.resolve item (graphql)',
      '      graphql.resolve item.price (graphql)',
      '        price of 4',
      'server item 5',
      '  graphql.parse (graphql)',
      '  graphql.validate (graphql)',
      '  query One (graphql)',
      '    graphql.resolve item (graphql)',
      '      graphql.resolve item.price (graphql)',
      '        price of 5',
      'server list',
      '  graphql.parse (graphql)',
      '  graphql.validate (graphql)',
      '  query List (graphql)',
      '    graphql.resolve items (graphql)',
      '      graphql.resolve items.0.author (graphql)',
      '      graphql.resolve items.0.id (graphql)',
      '      graphql.resolve items.0.price (graphql)',
      '        price of 1',
      '      graphql.resolve items.1.author (graphql)',
      '      graphql.resolve items.1.id (graphql)',
      '      graphql.resolve items.1.price (graphql)',
      '        price of 2',
      'server mutation',
      '  graphql.parse (graphql)',
      '  graphql.validate (graphql)',
      '  mutation (graphql)',
      '    graphql.resolve add (graphql)',
      '      graphql.resolve add.id (graphql)',
      'server syntax',
      '  graphql.parse (graphql)',
      'server unknown field',
      '  graphql.parse (graphql)',
      '  graphql.validate (graphql)',
    ]);
    expect(waymark).toEqual(sdk);
  });

  test.each(['sdk-3', 'sdk-2'] as const)('graphql 16 with options, %s', async (generation) => {
    const { lines, waymark, sdk } = await runBoth('graphql-options', { generation });
    expect(lines).toEqual([
      'graphql.parseSchema (graphql)',
      'server merged',
      '  graphql.parse (graphql)',
      '  graphql.validate (graphql)',
      '  query Items (graphql)',
      '    graphql.resolve items (graphql)',
      '      parts of 0',
      '      parts of 1',
      '      parts of 2',
    ]);
    expect(waymark).toEqual(sdk);
  });
});
