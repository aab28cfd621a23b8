// @clickhouse/client with its option `tracer`.
import { fakeHttp } from '../fake-http.ts';
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  // OpenTelemetry's SDK takes the code of an error, here 60, for its type.
  varying: ['clickhouse.request.query_id', 'exception.type', 'server.port'],

  async run({ load, api, inRequest, mark }) {
    const { createClient } = load('@clickhouse/client');
    const server = await fakeHttp(({ path, body }) => {
      if (`${path}${body}`.includes('absent'))
        return { status: 404, body: 'Code: 60. DB::Exception: Table default.absent does not exist. (UNKNOWN_TABLE)' };
      return { body: '{"one":1}\n', headers: { 'x-clickhouse-summary': '{"read_rows":"1"}' } };
    });
    const client = createClient({ url: server.url, tracer: api.trace.getTracer('shop') });
    const query = (text: string) => client.query({ query: text, format: 'JSONEachRow' });
    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        inRequest(`query ${name}`, async () => {
          await (await query('SELECT 1 AS one')).json();
          mark(`after ${name}`);
        }),
      ),
    );
    await inRequest('insert', () => client.insert({ table: 'ones', values: [{ one: 1 }], format: 'JSONEachRow' }));
    await inRequest('failure', () => query('SELECT * FROM absent').catch(() => mark('after failure')));
    await client.close();
    await server.close();
  },
};
