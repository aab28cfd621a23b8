// The same expectations for every client, and further ones for each. The titles are columns of the matrix table.
import { describeClient } from './client-contract.ts';
import { fetchClient, nodeHttpClient, undiciClient } from './clients.ts';
import { describeFetch, describeWebSocket } from './fetch-contract.ts';
import { describeNodeHttp } from './node-http-contract.ts';
import { describeUndici } from './undici-contract.ts';
import { loadUndici } from './undici-versions.ts';

describe('outbound fetch', () => {
  describe('a client', () => describeClient(fetchClient(globalThis.fetch)));
  describe('fetch', () => describeFetch(globalThis.fetch));
  if (globalThis.WebSocket) describe('WebSocket', () => describeWebSocket(globalThis.WebSocket));
});

for (const major of [6, 7, 8] as const) {
  const undici = loadUndici(major);
  if (undici === undefined) continue; // wants a newer Node; the matrix knows which
  const fetch = undici.fetch as unknown as typeof globalThis.fetch; // takes what Node's takes
  describe(`outbound undici ${major}`, () => {
    describe('request() as a client', () => describeClient(undiciClient(undici)));
    describe('fetch() as a client', () => describeClient(fetchClient(fetch)));
    describe('fetch()', () => describeFetch(fetch));
    describe('undici', () => describeUndici(undici, major));
  });
}

describe('outbound node:http', () => {
  describe('a client', () => describeClient(nodeHttpClient));
  describe('node:http', () => describeNodeHttp());
});
