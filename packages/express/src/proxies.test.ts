import { inMemoryExporter } from '@waymark/core/testing';
import express from 'express';
import { type ExpressModule, get, withRouter } from '../test/expresses.ts';
import { tracing } from './index.ts';

const versions: [string, ExpressModule][] = [
  ['Express 4', require('express4')],
  ['Express 5, router 2.2', withRouter(require('express52'), require('router22'))],
  ['Express 5, router 2.3', express],
];

const forwarded = {
  host: 'inner.example:8080',
  'x-forwarded-for': '203.0.113.9, 198.51.100.7',
  'x-forwarded-host': 'shop.example, proxy.example:81',
  'x-forwarded-proto': 'https',
};

const fromSocket = ['http', 'inner.example', 8080, '127.0.0.1'];

/** Scheme, server address and port, and client address of a request to an app with this `trust proxy`. */
async function factsOf(
  expressModule: ExpressModule,
  trust: unknown,
  headers: Record<string, string>,
): Promise<unknown[]> {
  const exporter = inMemoryExporter();
  const app = expressModule();
  if (trust !== undefined) app.set('trust proxy', trust);
  app.use(tracing({ exporter, outbound: false, env: {} }));
  app.get('/', (_request, response) => void response.send('ok'));
  await get(app, '/', headers);
  const [span] = await exporter.waitFor(1);
  return ['url.scheme', 'server.address', 'server.port', 'client.address'].map((key) => span?.attributes[key]);
}

describe.each(versions)('trust proxy on %s', (_version, expressModule) => {
  test.each([
    ['unset', undefined, fromSocket],
    ['off', false, fromSocket],
    ['another network', '10.0.0.0/8', fromSocket],
    ['every proxy', true, ['https', 'shop.example', 443, '203.0.113.9']],
    ['one hop', 1, ['https', 'shop.example', 443, '198.51.100.7']],
    ['the network of the peer', 'loopback', ['https', 'shop.example', 443, '198.51.100.7']],
    ['a function', (address: string) => address === '127.0.0.1', ['https', 'shop.example', 443, '198.51.100.7']],
  ])('%s', async (_name, trust, facts) => {
    expect(await factsOf(expressModule, trust, forwarded)).toEqual(facts);
  });

  test('keeps what the socket says where a trusted proxy says nothing', async () => {
    const { host } = forwarded;
    expect(await factsOf(expressModule, true, { host })).toEqual(fromSocket);
    expect(await factsOf(expressModule, true, { host, 'x-forwarded-host': '' })).toEqual(fromSocket);
  });

  test('keeps the port of a forwarded host', async () => {
    const headers = { 'x-forwarded-host': '[2001:db8::1]:8443', 'x-forwarded-proto': 'https' };
    expect(await factsOf(expressModule, true, headers)).toEqual(['https', '2001:db8::1', 8443, '127.0.0.1']);
  });

  test('warns of nothing deprecated', async () => {
    const warnings: unknown[] = [];
    const note = (warning: unknown) => void warnings.push(warning);
    // Express 4's warnings are printed only without a listener.
    process.on('deprecation', note);
    await factsOf(expressModule, true, forwarded);
    process.off('deprecation', note);
    expect(warnings).toEqual([]);
  });
});
