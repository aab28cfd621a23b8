/** The options of clouds and search engines. */
import { commonDefaults, type DefaultsOf, type LibraryOptions } from './library-options.ts';
import type { MessagingLibraryOptions } from './messaging.ts';

/** Options of the AWS SDK. `newTracePerMessage` is for messages of SQS. */
export interface AwsSdkLibraryOptions extends MessagingLibraryOptions {
  /** Whether the keys of objects in S3 are recorded, as `aws.s3.key`. They may name persons. Default `false`. */
  readonly objectKeys?: boolean | undefined;
}

/** Options of ClickHouse. */
export interface ClickhouseLibraryOptions extends LibraryOptions {
  /** Whether `db.query.text` is recorded, without its literals. Default `true`. */
  readonly queryText?: boolean | undefined;
}

/** Clouds and search engines. */
export interface CloudOptionsByLibrary {
  /** The AWS SDK, version 3. */
  readonly 'aws-sdk'?: boolean | AwsSdkLibraryOptions | undefined;
  /** Clients of the Azure SDK. */
  readonly azure?: boolean | LibraryOptions | undefined;
  /** Elasticsearch. */
  readonly elasticsearch?: boolean | LibraryOptions | undefined;
  /** OpenSearch. */
  readonly opensearch?: boolean | LibraryOptions | undefined;
  /** ClickHouse. */
  readonly clickhouse?: boolean | ClickhouseLibraryOptions | undefined;
}

export const cloudDefaults: DefaultsOf<CloudOptionsByLibrary> = {
  'aws-sdk': { ...commonDefaults, newTracePerMessage: false, objectKeys: false },
  azure: commonDefaults,
  elasticsearch: commonDefaults,
  opensearch: commonDefaults,
  clickhouse: { ...commonDefaults, queryText: true },
};
