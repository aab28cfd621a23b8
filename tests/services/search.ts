// Elasticsearch and OpenSearch, as far as tests use them: each index has two documents, there is no index `absent`, and the first request for `busy`
// gets 503.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SearchServer {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

export async function startSearch(): Promise<SearchServer> {
  let tries = 0;
  const server = createServer((incoming, response) => {
    const answer = (status: number, body: object) =>
      response
        // The client of Elasticsearch refuses an answer without it.
        .writeHead(status, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' })
        .end(JSON.stringify(body));
    const { url = '' } = incoming;
    incoming.resume();
    incoming.on('end', () => {
      if (url.startsWith('/absent')) {
        const error = { type: 'index_not_found_exception', reason: 'no such index [absent]' };
        answer(404, { error: { ...error, root_cause: [error] }, status: 404 });
      } else if (url.startsWith('/busy') && tries++ === 0) answer(503, {});
      else if (url.includes('_bulk')) {
        const error = { type: 'version_conflict_engine_exception', reason: '[secret]: version conflict' };
        answer(200, { took: 1, errors: true, items: [{ index: { status: 201 } }, { create: { status: 409, error } }] });
      } else if (url.includes('_search')) {
        const hits = [{ _id: '1' }, { _id: '2' }];
        answer(200, { took: 1, timed_out: false, hits: { total: { value: 2, relation: 'eq' }, hits } });
      } else answer(200, { version: { number: '9.0.0', distribution: 'opensearch' }, _id: '1', result: 'created' });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  };
}
