import { parseHost } from './server-address.ts';

test.each([
  ['example.com', { address: 'example.com', port: undefined }],
  ['example.com:8080', { address: 'example.com', port: 8080 }],
  ['127.0.0.1:1', { address: '127.0.0.1', port: 1 }],
  ['[::1]', { address: '::1', port: undefined }],
  ['[2001:db8::7]:65535', { address: '2001:db8::7', port: 65_535 }],
  ['example.com:65536', { address: 'example.com', port: undefined }],
  ['example.com:0', { address: 'example.com', port: undefined }],
  ['example.com:', { address: 'example.com', port: undefined }],
  ['example.com:1e3', { address: 'example.com', port: undefined }],
])('takes %s apart', (host, parts) => {
  expect(parseHost(host)).toEqual(parts);
});

test.each(['', ':80', '[]', '[::1', '::1]', 'a[::1]', '[::1]80', '[::1]x:80'])(
  'does not take %j for a host',
  (host) => {
    expect(parseHost(host)).toBeUndefined();
  },
);
