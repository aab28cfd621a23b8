// @elastic/elasticsearch, which calls OpenTelemetry's API itself.
import { fakeHttp } from '../fake-http.ts';
import type { Scenario } from '../scenario.ts';

// The client refuses an answer without it.
const headers = { 'x-elastic-product': 'Elasticsearch' };

export const scenario: Scenario = {
  varying: ['server.port'],

  async run({ load, inRequest, mark }) {
    const { Client } = load('@elastic/elasticsearch');
    const server = await fakeHttp(({ path }) => {
      if (path.startsWith('/absent')) {
        const error = { type: 'index_not_found_exception', reason: 'no such index [absent]' };
        return { status: 404, headers, body: { error, status: 404 } };
      }
      return { headers, body: { took: 1, timed_out: false, hits: { total: { value: 0, relation: 'eq' }, hits: [] } } };
    });
    const client = new Client({ node: server.url, maxRetries: 0 });
    const search = (index: string) => client.search({ index, query: { match_all: {} } });
    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        inRequest(`search ${name}`, async () => {
          await search('products');
          mark(`after ${name}`);
        }),
      ),
    );
    await inRequest('index', () => client.index({ index: 'products', document: { name: 'one' } }));
    await inRequest('failure', () => search('absent').catch(() => mark('after failure')));
    await client.close();
    await server.close();
  },
};
