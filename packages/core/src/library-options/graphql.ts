/** The options of GraphQL servers. */
import { commonDefaults, type DefaultsOf, type LibraryOptions } from './library-options.ts';

/** Options of GraphQL. */
export interface GraphqlLibraryOptions extends LibraryOptions {
  /** Whether `graphql.document` is recorded, without its strings and numbers. Default `true`. */
  readonly document?: boolean | undefined;
  /**
   * How many spans of resolvers an operation may have for each field of the schema. What the others call is below the operation's span.
   * `0`: resolvers have no spans. Default 20.
   */
  readonly maxResolvers?: number | undefined;
}

/** GraphQL servers. */
export interface GraphqlOptionsByLibrary {
  /** Operations of GraphQL and their resolvers, whatever server runs them. */
  readonly graphql?: boolean | GraphqlLibraryOptions | undefined;
  /** Batches of `dataloader`. */
  readonly dataloader?: boolean | LibraryOptions | undefined;
}

export const graphqlDefaults: DefaultsOf<GraphqlOptionsByLibrary> = {
  // Enough to see that a list has a query for each item.
  graphql: { ...commonDefaults, document: true, maxResolvers: 20 },
  dataloader: commonDefaults,
};
