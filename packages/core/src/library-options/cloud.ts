/** The options of clouds and search engines. */
import { commonDefaults, type DefaultsOf, type LibraryOptions } from './library-options.ts';

/** Clouds and search engines. */
export interface CloudOptionsByLibrary {
  /** The AWS SDK, version 3. */
  readonly 'aws-sdk'?: boolean | LibraryOptions | undefined;
  /** Clients of the Azure SDK. */
  readonly azure?: boolean | LibraryOptions | undefined;
  /** Elasticsearch. */
  readonly elasticsearch?: boolean | LibraryOptions | undefined;
  /** OpenSearch. */
  readonly opensearch?: boolean | LibraryOptions | undefined;
  /** ClickHouse. */
  readonly clickhouse?: boolean | LibraryOptions | undefined;
}

export const cloudDefaults: DefaultsOf<CloudOptionsByLibrary> = {
  'aws-sdk': commonDefaults,
  azure: commonDefaults,
  elasticsearch: commonDefaults,
  opensearch: commonDefaults,
  clickhouse: commonDefaults,
};
