import { readTarget } from './channel-target.ts';

test.each([
  ['shop.example:443', { address: 'shop.example', port: 443 }],
  ['shop.example', { address: 'shop.example' }],
  ['dns:shop.example:443', { address: 'shop.example', port: 443 }],
  ['dns:///shop.example:443', { address: 'shop.example', port: 443 }],
  ['dns://8.8.8.8/shop.example', { address: 'shop.example' }],
  ['ipv4:10.0.0.1:443', { address: '10.0.0.1', port: 443 }],
  ['ipv6:[::1]:443', { address: '::1', port: 443 }],
  ['[2001:db8::1]:443', { address: '2001:db8::1', port: 443 }],
  ['::1', { address: '::1' }],
  ['unix:/run/shop.sock', { address: '/run/shop.sock' }],
  ['unix:///run/shop.sock', { address: '/run/shop.sock' }],
  ['unix-abstract:shop', { address: 'shop' }],
  ['ipv4:10.0.0.1:443,10.0.0.2:443', { address: 'ipv4:10.0.0.1:443,10.0.0.2:443' }],
  ['xds:///shop', { address: 'xds:///shop' }],
  ['', {}],
])('reads the target %s', (target, server) => {
  expect(readTarget(target)).toEqual(server);
});
