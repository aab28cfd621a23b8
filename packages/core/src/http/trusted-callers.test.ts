import type { Caller } from './trust.ts';
import { trustHeader, trustMember, trustPeers } from './trusted-callers.ts';

const secret = 'correct horse battery';

function callerAt(
  peerAddress: string | undefined,
  clientAddress = peerAddress,
  headers: Caller['headers'] = {},
): Caller {
  return { peerAddress, clientAddress, headers, traceState: undefined };
}

test.each([
  ['both in the network', '10.0.0.1', '10.0.0.2', 'continue'],
  ['the client behind the proxy elsewhere', '10.0.0.1', '203.0.113.7', 'link'],
  ['a proxy from elsewhere', '203.0.113.7', '10.0.0.2', 'link'],
  ['a client that gives no address', '10.0.0.1', 'unknown', 'link'],
  ['a Unix socket, which has no address', undefined, undefined, 'link'],
])('trustPeers() looks at peer and client: %s', (_what, peer, client, policy) => {
  expect(trustPeers()(undefined, callerAt(peer, client))).toBe(policy);
});

test('trustHeader() trusts no header that came twice', () => {
  const rule = trustHeader('x-internal', secret);
  expect(rule(undefined, callerAt('::1', '::1', { 'x-internal': `${secret}, ${secret}` }))).toBe('link');
  expect(rule(undefined, callerAt('::1', '::1', { 'x-internal': [secret, secret] }))).toBe('link');
});

test.each([
  ['no networks', () => trustPeers([])],
  ['a name for a network', () => trustPeers(['example.com'])],
  ['a bad prefix', () => trustPeers(['10.0.0.0/33'])],
  ['a key that tracestate cannot carry', () => trustMember('Acme')],
  ['a value that tracestate cannot carry', () => trustMember('acme', { value: 'a,b' })],
  ['a name that is no header', () => trustHeader('x internal', secret)],
  ['a short secret', () => trustHeader('x-internal', 'hunter2')],
  ['no secret', () => trustHeader('x-internal', undefined as never)],
  ['no secret in a list', () => trustHeader('x-internal', [])],
  ['no policy', () => trustPeers(['loopback'], { otherwise: 'yes' as never })],
])('refuses %s', (_what, make) => {
  expect(make).toThrow(expect.objectContaining({ code: 'WAYMARK_INVALID_OPTION' }));
});

test('shows no secret in the message about it', () => {
  expect(() => trustHeader('x-internal', 'hunter2')).toThrow('got ["a string of 7"]');
});
