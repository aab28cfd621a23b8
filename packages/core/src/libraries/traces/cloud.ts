/** What traces each library of this group. Loaded when the first of them is found: a service without any does not pay for them. */
import { trace as traceAwsSdk } from '../aws-sdk/trace-aws-sdk.ts';
import { trace as traceAzure } from '../azure/trace-azure.ts';
import { trace as traceClickhouse } from '../clickhouse.ts';
import { trace as traceElasticsearch } from '../search/elasticsearch.ts';
import { trace as traceOpensearch } from '../search/opensearch.ts';
import type { Traces } from '../trace.ts';

/** @public Loaded by `require()`, in library-table.ts. */
export const traces: Traces = {
  'aws-sdk': traceAwsSdk,
  azure: traceAzure,
  elasticsearch: traceElasticsearch,
  opensearch: traceOpensearch,
  clickhouse: traceClickhouse,
};
