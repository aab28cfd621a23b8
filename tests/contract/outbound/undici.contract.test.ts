// The expectations of outbound.contract.test.ts for each version of undici. The titles are columns of the matrix table.
import { describeClient } from './client-contract.ts';
import { fetchClient, undiciClient } from './clients.ts';
import { describeFetch } from './fetch-contract.ts';
import { describeUndici } from './undici-contract.ts';
import { loadUndici } from './undici-versions.ts';

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
