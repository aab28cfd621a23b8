import { boundedMemo } from './bounded-memo.ts';
import { compileNetworks } from './networks.ts';

test.each([
  ['loopback', ['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1'], ['128.0.0.1', '::2']],
  [
    'private',
    [
      '10.0.0.0',
      '10.255.255.255',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      'fc00::1',
      'fdff::1',
      '::ffff:10.1.2.3',
    ],
    ['9.255.255.255', '11.0.0.0', '172.15.0.1', '172.32.0.0', '192.169.0.0', '100.64.0.1', 'fe80::1', 'fbff::1'],
  ],
  ['10.1.0.0/16', ['10.1.0.0', '::ffff:10.1.255.255'], ['10.2.0.0', '::a01:0']],
  ['2001:db8::/32', ['2001:db8::1', '2001:db8:ffff::'], ['2001:db9::']],
  ['fe80::/10', ['fe80::1', 'fe80::1%eth0'], ['fec0::1']],
  ['192.0.2.7', ['192.0.2.7', '::ffff:192.0.2.7'], ['192.0.2.8']],
  ['0.0.0.0/0', ['203.0.113.1', '10.0.0.1'], ['2001:db8::1']],
])('%s holds its addresses and no others', (network, inside, outside) => {
  const isInside = compileNetworks([network]);
  expect(inside.filter((address) => !isInside?.(address))).toEqual([]);
  expect(outside.filter((address) => isInside?.(address))).toEqual([]);
});

test.each(['', 'unknown', '127.0.0.1, 10.0.0.1', '10.0.0.1:80', '[::1]', '10.0.0.0/8'])(
  '%p is an address in no network',
  (address) => {
    expect(compileNetworks(['loopback', '10.0.0.0/8'])?.(address)).toBe(false);
  },
);

test.each([
  '',
  'localhost',
  'example.com',
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0.0.0/-1',
  '10.0.0.0/8/8',
  '::/129',
  '10/8',
])('%p is no network', (network) => {
  expect(compileNetworks(['loopback', network])).toBeUndefined();
});

test('a bounded memo asks once for each text, and forgets the oldest', () => {
  const asked: string[] = [];
  const lengthOf = boundedMemo(2, (text) => {
    asked.push(text);
    return text.length;
  });
  expect(['a', 'bb', 'a', 'ccc', 'bb', 'a'].map(lengthOf)).toEqual([1, 2, 1, 3, 2, 1]);
  expect(asked).toEqual(['a', 'bb', 'ccc', 'a']);
});
