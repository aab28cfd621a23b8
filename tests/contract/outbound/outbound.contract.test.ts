// The same expectations for every client, and further ones for each. The titles are columns of the matrix table.
import { describeClient } from './client-contract.ts';
import { fetchClient, nodeHttpClient } from './clients.ts';
import { describeFetch, describeWebSocket } from './fetch-contract.ts';
import { describeNodeHttp } from './node-http-contract.ts';

describe('outbound fetch', () => {
  describe('a client', () => describeClient(fetchClient(globalThis.fetch)));
  describe('fetch', () => describeFetch(globalThis.fetch));
  if (globalThis.WebSocket) describe('WebSocket', () => describeWebSocket(globalThis.WebSocket));
});

describe('outbound node:http', () => {
  describe('a client', () => describeClient(nodeHttpClient));
  describe('node:http', () => describeNodeHttp());
});
