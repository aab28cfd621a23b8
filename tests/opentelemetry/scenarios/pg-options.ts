// @opentelemetry/instrumentation-pg with its options, registered before there is a tracer: values, comments in the SQL, and hooks that get the span.
import { observeWith } from '../observe.ts';
import type { Scenario } from '../scenario.ts';

type Span = import('@opentelemetry/api').Span;

export const scenario: Scenario = {
  services: ['postgres'],
  isBeforeTracer: true,
  instrumentations: (load) => [
    new (load('@opentelemetry/instrumentation-pg').PgInstrumentation)({
      enhancedDatabaseReporting: true,
      requireParentSpan: true,
      addSqlCommenterCommentToQueries: true,
      requestHook: (span: Span) => span.setAttribute('hook.request', true).addEvent('request'),
      responseHook(span: Span, { data }: { data: { rowCount: number } }) {
        span.updateName('renamed by the hook').setAttribute('hook.rows', data.rowCount);
      },
    }),
  ],

  async run(application) {
    const { load, api, servers, inRequest } = application;
    const observe = observeWith(application);
    const { Client } = load('pg');
    const { host, port, user, password, database } = servers.postgres;
    const client = new Client({ host, port, user, password, database });
    await client.connect();
    // No parent, no span.
    await client.query('SELECT 1');
    await inRequest('values', () => client.query('SELECT $1::int', [7]));
    await inRequest('comment', async () => {
      const { traceId } = api.trace.getActiveSpan()?.spanContext() ?? {};
      const { rows } = await client.query('SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()');
      const comment = /\/\*traceparent='00-(\w+)-\w+-0\d'\*\//.exec(rows[0].query);
      observe('the trace in the comment', comment?.[1] === traceId);
    });
    await client.end();
  },
};
