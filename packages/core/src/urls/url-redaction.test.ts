import fc from 'fast-check';
import { createUrlRedaction, defaultUrlRedaction } from './url-redaction.ts';

const { query: redactQuery, url: redactUrl } = defaultUrlRedaction;

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

  test("compares the conventions' names with their case, and whole", () => {
    const query = 'Sig=1&awsaccesskeyid=2&x-amz-signature=3&design=4&sig2=5&mysig=6';
    expect(redactQuery(query)).toBe(query);
  });

  test.each([
    'token',
    'access_token',
    'accessToken',
    'ACCESS-TOKEN',
    'refresh_token',
    'id_token',
    'code',
    'password',
    'Passwd',
    'pwd',
    'secret',
    'client_secret',
    'api_key',
    'apikey',
    'api-key',
    'session',
    'sessionid',
    'session_id',
    'signature',
    'auth',
    'authorization',
    'jwt',
    'credential',
    'user[password]',
    'user.password',
    'token[]',
    'token[0]',
    '%74oken',
    'access%5Ftoken',
    'user%5Bpassword%5D',
  ])('replaces the value of %s, whatever its case', (key) => {
    expect(redactQuery(`page=1&${key}=s3cret&sort=name`)).toBe(`page=1&${key}=REDACTED&sort=name`);
    expect(redactQuery(`${key.toUpperCase()}=s3cret`)).toBe(`${key.toUpperCase()}=REDACTED`);
  });

  test.each([
    ['next=/cb?code=1&a=2', 'next=/cb?code=REDACTED&a=2'],
    ['a=1;token=2&b=3', 'a=1;token=REDACTED&b=3'],
    [
      'redirect_uri=https%3A%2F%2Fa%2Fcb%3Fcode%3D1%26x%3D2&a=2',
      'redirect_uri=https%3A%2F%2Fa%2Fcb%3Fcode%3DREDACTED&a=2',
    ],
    ['next=%2Fcb%23access_token%3d1', 'next=%2Fcb%23access_token%3dREDACTED'],
    ['next=https://ada:pw@a.test/', 'next=https://REDACTED:REDACTED@a.test/'],
  ])('finds the secrets of a URL within it: %s', (query, redacted) => {
    expect(redactQuery(query)).toBe(redacted);
  });

  test('takes a time that grows with its length alone', () => {
    const shapes = [
      'a=',
      '=',
      '%3D',
      '&a',
      '?',
      '%',
      '://',
      '@',
      '://@',
      'token=',
      ';token=1',
      '#',
      '<',
      '>',
      '%3',
      '[.',
    ];
    const timeOf = (text: string): number => {
      const startMs = performance.now();
      redactUrl(text);
      redactQuery(text);
      return performance.now() - startMs;
    };
    // A megabyte takes some tens of milliseconds. What is quadratic takes minutes.
    for (const shape of shapes) expect(timeOf(shape.repeat(1e6 / shape.length))).toBeLessThan(3000);
  });

  test('leaves names alone that only have such a word in them', () => {
    const query = 'tokens=1&barcode=2&sessions=3&passwordless=4&author=5&token&secretary=6&%zz=7&a[b]=8&a.b=9';
    expect(redactQuery(query)).toBe(query);
  });

  test('re-encodes nothing', () => {
    const query = 'a=%20b+c&d=é&=e&f&&g=%zz&h=[]&sig=REDACTED';
    expect(redactQuery(query)).toBe(query);
  });

  test('changes no key, and redacts the same again', () => {
    fc.assert(
      fc.property(fc.string(), (query) => {
        const redacted = redactQuery(query);
        if (!/[a-z]{3}/i.test(query)) expect(redacted).toBe(query);
        expect(redacted.split('&').map(keyOf)).toEqual(query.split('&').map(keyOf));
        expect(redactQuery(redacted)).toBe(redacted);
      }),
    );
  });
});

function keyOf(pair: string): string {
  return pair.split('=', 1)[0] ?? '';
}

describe('createUrlRedaction', () => {
  test('with a list redacts that list and nothing else', () => {
    const { query, url } = createUrlRedaction(['voucher', 'Card-Number', 'user.pin']);
    expect(query('token=1&sig=2&VOUCHER=3&cardNumber=4&user.pin=5')).toBe(
      'token=1&sig=2&VOUCHER=REDACTED&cardNumber=REDACTED&user.pin=REDACTED',
    );
    expect(url('https://ada:pw@example.com/?token=1')).toBe('https://REDACTED:REDACTED@example.com/?token=1');
  });

  test('with more names redacts them in addition to the default ones', () => {
    const { query } = createUrlRedaction({ also: ['voucher'] });
    expect(query('token=1&voucher=2&a=3')).toBe('token=REDACTED&voucher=REDACTED&a=3');
  });

  test('with an empty list redacts nothing', () => {
    expect(createUrlRedaction([]).query('token=1&sig=2')).toBe('token=1&sig=2');
  });

  test.each([['token'], [{}], [null], [{ also: 'token' }], [['']], [[1]]])('refuses %p', (secrets) => {
    expect(() => createUrlRedaction(secrets as never)).toThrow(
      expect.objectContaining({ code: 'WAYMARK_INVALID_OPTION', message: expect.stringContaining('redactQuery') }),
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
    ['http://[::1]:80/?sig=1&a=%20#sig=2', 'http://[::1]:80/?sig=REDACTED&a=%20#sig=REDACTED'],
    ['/path?Signature=x', '/path?Signature=REDACTED'],
    ['/cb#access_token=a.b?c&state=1&id_token=d', '/cb#access_token=REDACTED&state=1&id_token=REDACTED'],
    ['#access_token=a', '#access_token=REDACTED'],
    ['/app#/cb?code=1&page=2', '/app#/cb?code=REDACTED&page=2'],
    ['/app#!/cb;token=1', '/app#!/cb;token=REDACTED'],
    ['/a#top?', '/a#top?'],
    ['/a?b=1#c?token=2', '/a?b=1#c?token=REDACTED'],
    ['//ada:pw@example.com/a', '//REDACTED:REDACTED@example.com/a'],
    ['/to?url=https://ada:pw@example.com/', '/to?url=https://REDACTED:REDACTED@example.com/'],
    ['https://a:b@c/?u=https://d@e', 'https://REDACTED:REDACTED@c/?u=https://REDACTED@e'],
    ['https://example.com//a@b', 'https://example.com//a@b'],
    ['', ''],
  ])('makes %s into %s', (url, redacted) => {
    expect(redactUrl(url)).toBe(redacted);
  });
});
