import { signatureOf } from './signed-request.ts';

const url = 'https://bucket.example/key';

test.each<[string, string | readonly string[]]>([
  ['AWS Signature Version 4', 'AWS4-HMAC-SHA256 Credential=a/b, Signature=c'],
  ['AWS Signature Version 4A', 'AWS4-ECDSA-P256-SHA256 Credential=a/b'],
  ['lower case', 'aws4-hmac-sha256 Credential=a/b'],
  ['an array', ['AWS4-HMAC-SHA256 Credential=a/b']],
  ['an array of several', ['Bearer x', 'AWS4-HMAC-SHA256 Credential=a/b']],
  ['Google', 'GOOG4-RSA-SHA256 Credential=a/b'],
  ['Alibaba', 'OSS4-HMAC-SHA256 Credential=a/b'],
  ['Tencent', 'TC3-HMAC-SHA256 Credential=a/b'],
])('sees a signature in the authorization of %s', (_what, authorization) => {
  expect(signatureOf(url, authorization)).toBe('header');
});

test.each([
  ['AWS', '?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=abc'],
  ['AWS, in lower case', '?x-amz-signature=abc'],
  ['Google', '?X-Goog-Signature=abc'],
  ['Azure', '?sv=2024-11-04&ss=b&sig=abc'],
  ['Azure, in another order', '?sig=abc&se=2026-01-01'],
])('sees a signature in the URL of %s', (_what, query) => {
  expect(signatureOf(url + query, undefined)).toBe('url');
});

test.each<[string, string, string | readonly string[] | undefined]>([
  ['a bearer token', url, 'Bearer AWS4-x'],
  ['basic authorization', url, 'Basic YTpi'],
  ['an empty array', url, []],
  ['a parameter of a similar name', `${url}?design=1&assign=2&sig=3`, undefined],
  ['a signature in the path', `${url}/X-Amz-Signature=abc`, undefined],
])('sees none in %s', (_what, to, authorization) => {
  expect(signatureOf(to, authorization)).toBeUndefined();
});
