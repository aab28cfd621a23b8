import fc from 'fast-check';
import { redactQuery, redactUrl } from './url-redaction.ts';

describe('redactQuery', () => {
  test.each([
    'AWSAccessKeyId',
    'Signature',
    'sig',
    'X-Amz-Credential',
    'X-Amz-Security-Token',
    'X-Amz-Signature',
    'X-Goog-Signature',
  ])('replaces the value of %s and keeps its key', (key) => {
    expect(redactQuery(`a=1&${key}=s3cret&b=2`)).toBe(`a=1&${key}=REDACTED&b=2`);
    expect(redactQuery(`${key}=s3cret`)).toBe(`${key}=REDACTED`);
    expect(redactQuery(`${key}=`)).toBe(`${key}=REDACTED`);
  });

  test('replaces each of several', () => {
    expect(redactQuery('sig=1&sig=2&x=3&Signature=4')).toBe('sig=REDACTED&sig=REDACTED&x=3&Signature=REDACTED');
  });

  test('takes the whole value, whatever stands in it', () => {
    expect(redactQuery('sig=a=b;c?d/e%26f&g=h')).toBe('sig=REDACTED&g=h');
  });

  test('compares names with their case, and whole', () => {
    const query = 'Sig=1&signature=2&x-amz-signature=3&design=4&sig2=5&mysig=6';
    expect(redactQuery(query)).toBe(query);
  });

  test('re-encodes nothing', () => {
    const query = 'a=%20b+c&d=é&=e&f&&g=%zz&h=[]&sig=REDACTED';
    expect(redactQuery(query)).toBe(query);
  });

  test('changes nothing but the values of sensitive keys', () => {
    fc.assert(
      fc.property(fc.string(), (query) => {
        const redacted = redactQuery(query);
        if (!/(^|&)(AWSAccessKeyId|Signature|sig|X-Amz-\w|X-Goog-Signature)/.test(query)) expect(redacted).toBe(query);
        expect(redactQuery(redacted)).toBe(redacted);
      }),
    );
  });
});

describe('redactUrl', () => {
  test.each([
    ['https://ada:pw@example.com/a', 'https://REDACTED:REDACTED@example.com/a'],
    ['https://ada@example.com/a', 'https://REDACTED@example.com/a'],
    ['https://:pw@example.com', 'https://REDACTED:REDACTED@example.com'],
    ['https://a@b:p@w@example.com/x@y', 'https://REDACTED:REDACTED@example.com/x@y'],
    ['https://example.com/a@b?c=d@e', 'https://example.com/a@b?c=d@e'],
    ['https://example.com?at=@', 'https://example.com?at=@'],
    ['http://[::1]:80/?sig=1&a=%20#sig=2', 'http://[::1]:80/?sig=REDACTED&a=%20#sig=2'],
    ['/path?Signature=x', '/path?Signature=REDACTED'],
    ['', ''],
  ])('makes %s into %s', (url, redacted) => {
    expect(redactUrl(url)).toBe(redacted);
  });
});
