// @opentelemetry/instrumentation-graphql with its options: lists merged, trivial resolvers left out, values recorded, a depth.
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  instrumentations: (load) => [
    new (load('@opentelemetry/instrumentation-graphql').GraphQLInstrumentation)({
      mergeItems: true,
      ignoreTrivialResolveSpans: true,
      allowValues: true,
      depth: 2,
      responseHook: (span: import('@opentelemetry/api').Span) => span.setAttribute('hook', true),
    }),
  ],

  async run({ load, inRequest, mark }) {
    const { buildSchema, graphql } = load('graphql');
    const schema = buildSchema(`
      type Part { name: String }
      type Item { id: Int!, parts: [Part] }
      type Query { items(first: Int): [Item] }
    `);
    const rootValue = {
      items: async ({ first }: { first: number }) =>
        Array.from({ length: first }, (_, id) => ({
          id,
          async parts() {
            await null;
            mark(`parts of ${id}`);
            return [{ name: async () => 'wheel' }];
          },
        })),
    };
    const source = 'query Items($first: Int) { items(first: $first) { id parts { name } } }';
    await inRequest('merged', () => graphql({ schema, rootValue, source, variableValues: { first: 3 } }));
  },
};
