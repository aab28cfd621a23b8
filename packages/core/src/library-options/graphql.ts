/** The options of GraphQL servers. */
import { commonDefaults, type DefaultsOf, type LibraryOptions } from './library-options.ts';

/** GraphQL servers. */
export interface GraphqlOptionsByLibrary {
  /** Operations of GraphQL. */
  readonly graphql?: boolean | LibraryOptions | undefined;
  /** Batches of `dataloader`. */
  readonly dataloader?: boolean | LibraryOptions | undefined;
}

export const graphqlDefaults: DefaultsOf<GraphqlOptionsByLibrary> = {
  graphql: commonDefaults,
  dataloader: commonDefaults,
};
