import fc from 'fast-check';
import { Baggage, type BaggageProperty } from '../baggage.ts';
import { parseBaggage, serializeBaggage } from './baggage-header.ts';

/** The entries of a header: `[key, value]`, or `[key, value, properties]`. */
function read(header: string): unknown[] {
  return [...(parseBaggage(header)?.entries() ?? [])].map(([key, { value, properties }]) =>
    properties.length === 0 ? [key, value] : [key, value, properties],
  );
}

function countDroppedReading(header: string): number {
  const onDropped = jest.fn();
  parseBaggage(header, onDropped);
  expect(onDropped.mock.calls.length).toBeLessThanOrEqual(1);
  return onDropped.mock.calls[0]?.[0] ?? 0;
}

function send(entries: Record<string, string>): string {
  return serializeBaggage(Object.entries(entries).reduce((all, [key, value]) => all.set(key, value), Baggage.empty));
}

describe('reading a baggage header', () => {
  test('keeps the entries and their order', () => {
    expect(read('userId=alice,serverNode=DF28,isProduction=false')).toEqual([
      ['userId', 'alice'],
      ['serverNode', 'DF28'],
      ['isProduction', 'false'],
    ]);
  });

  test.each(['', ' ', '\t', ',', ' , ,\t'])('treats %j as no baggage, and reports nothing dropped', (header) => {
    expect(parseBaggage(header)).toBeUndefined();
    expect(countDroppedReading(header)).toBe(0);
  });

  test('drops spaces and tabs around commas, semicolons and equals signs', () => {
    expect(read('\t a \t = \t1 \t; p \t=\t 2 ;\tq ,\tb = 2 ')).toEqual([
      ['a', '1', [{ key: 'p', value: '2' }, { key: 'q' }]],
      ['b', '2'],
    ]);
  });

  test.each(['\u00a0', '\v', '\n', '\ufeff'])('does not treat %j as whitespace', (character) => {
    expect(read(`a=1${character},b=2`)).toEqual([['b', '2']]);
    expect(read(`${character}a=1,b=2`)).toEqual([['b', '2']]);
  });

  test('joins several headers, as Node does', () => {
    expect(read(['a=1', 'b=2,c=3', ''].join(', '))).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
    ]);
  });

  test('drops a malformed member as a whole, keeps the others, and reports how many were dropped', () => {
    const malformed = [
      'noEquals',
      '=1',
      ' = ',
      'a b=1',
      'é=1',
      'k=a b',
      'k="a"',
      'k=a\\b',
      'k=\u00e9',
      'k=1;p=a b',
      'k=1;=',
      'k=1;é',
    ];
    for (const member of malformed) {
      expect([member, read(`a=1,${member},b=2`)]).toEqual([
        member,
        [
          ['a', '1'],
          ['b', '2'],
        ],
      ]);
      expect(countDroppedReading(`a=1,${member},b=2`)).toBe(1);
    }
    expect(parseBaggage(malformed.join(','))).toBeUndefined();
    expect(countDroppedReading(malformed.join(','))).toBe(malformed.length);
  });

  test('reports nothing if nothing was dropped', () => {
    expect(countDroppedReading('a=1;p;q=2,b=%FF,,c=')).toBe(0);
  });

  test('drops a member with bytes above 0x7F, which Node passes as Latin-1 characters', () => {
    const sentAsUtf8 = Buffer.from('user=Jürgen').toString('latin1');
    expect(read(`a=1,${sentAsUtf8}`)).toEqual([['a', '1']]);
  });

  test('accepts every character of the grammar in a value, and no other', () => {
    for (let code = 0; code <= 0x17f; code++) {
      const character = String.fromCharCode(code);
      const isAllowed = code >= 0x21 && code <= 0x7e && !'",;\\'.includes(character);
      if (character === ',' || character === ';') continue; // those end the value
      expect([code, parseBaggage(`k=a${character}b`)?.get('k')]).toEqual([
        code,
        isAllowed ? `a${character}b` : undefined,
      ]);
    }
  });

  test('keeps an entry with an empty value', () => {
    expect(read('a=,b= ')).toEqual([
      ['a', ''],
      ['b', ''],
    ]);
  });

  test('splits at the first equals sign only', () => {
    expect(read('a==b=c==;p==q=')).toEqual([['a', '=b=c==', [{ key: 'p', value: '=q=' }]]]);
  });

  test('distinguishes a bare property from an empty one, and keeps repeated ones in order', () => {
    expect(read('a=1;p;q=;p=2;p')).toEqual([
      ['a', '1', [{ key: 'p' }, { key: 'q', value: '' }, { key: 'p', value: '2' }, { key: 'p' }]],
    ]);
  });

  test('skips empty properties', () => {
    expect(read('a=1;;p; ;,b=2;')).toEqual([
      ['a', '1', [{ key: 'p' }]],
      ['b', '2'],
    ]);
  });

  test('keeps the last of entries with the same key', () => {
    expect(read('a=1;p,b=2,a=3')).toEqual([
      ['a', '3'],
      ['b', '2'],
    ]);
    expect(countDroppedReading('a=1;p,b=2,a=3')).toBe(0);
  });

  test('distinguishes keys by case', () => {
    expect(read('a=1,A=2')).toEqual([
      ['a', '1'],
      ['A', '2'],
    ]);
  });

  test('treats __proto__, constructor and integers as ordinary keys', () => {
    expect(read('10=a,__proto__=b,2=c,constructor=d')).toEqual([
      ['10', 'a'],
      ['__proto__', 'b'],
      ['2', 'c'],
      ['constructor', 'd'],
    ]);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>).b).toBeUndefined();
  });
});

describe('decoding', () => {
  test.each([
    ['%20', ' '],
    ['a%2Cb%3bc%3D', 'a,b;c='],
    ['J%C3%BCrgen', 'Jürgen'],
    ['%F0%9F%99%82', '🙂'],
    ['%00%0d%0A', '\u0000\r\n'],
    ['100%25', '100%'],
    ['%2541', '%41'],
    ['a+b', 'a+b'],
    ['%EF%BB%BFx', '\ufeffx'],
  ])('reads %j as %j, once', (text, value) => {
    expect(read(`k=${text};p=${text}`)).toEqual([['k', value, [{ key: 'p', value }]]]);
  });

  test.each([
    ['%FF', '\ufffd'],
    ['a%FFb', 'a\ufffdb'],
    ['%C3', '\ufffd'],
    ['%C3x', '\ufffdx'],
    ['%ED%A0%80', '\ufffd\ufffd\ufffd'],
    ['%C0%80', '\ufffd\ufffd'],
  ])('reads %j, which is not UTF-8, as %j', (text, value) => {
    expect(read(`k=${text};p=${text}`)).toEqual([['k', value, [{ key: 'p', value }]]]);
  });

  test.each(['%', '%%', '%4', '%4g', '%g4', 'a%', '%-1', '%+1', '%0x'])('keeps %j, which is not an escape', (text) => {
    expect(read(`k=${text}`)).toEqual([['k', text]]);
  });

  test('does not decode keys', () => {
    expect(read('%41=1;%42')).toEqual([['%41', '1', [{ key: '%42' }]]]);
  });
});

describe('limits of reading', () => {
  const keys = (count: number): string[] => Array.from({ length: count }, (_, i) => `k${i}`);
  const header = (count: number): string =>
    keys(count)
      .map((key) => `${key}=v`)
      .join(',');

  test('keeps 64 entries and drops the 65th', () => {
    expect([...(parseBaggage(header(64))?.entries() ?? [])].map(([key]) => key)).toEqual(keys(64));
    expect(countDroppedReading(header(64))).toBe(0);
    expect([...(parseBaggage(header(65))?.entries() ?? [])].map(([key]) => key)).toEqual(keys(64));
    expect(countDroppedReading(header(65))).toBe(1);
  });

  test('does not count malformed members among the 64', () => {
    expect(parseBaggage(`bad,worse,${header(64)}`)?.size).toBe(64);
  });

  test('still keeps the last entry of a key if there are 64', () => {
    expect(parseBaggage(`${header(64)},k3=w`)?.get('k3')).toBe('w');
    expect(countDroppedReading(`${header(64)},k3=w`)).toBe(0);
  });

  test('keeps an entry of 8192 bytes, and drops one of 8193', () => {
    expect(parseBaggage(`k=${'v'.repeat(8190)}`)?.get('k')).toHaveLength(8190);
    expect(parseBaggage(`k=${'v'.repeat(8191)}`)).toBeUndefined();
    expect(countDroppedReading(`k=${'v'.repeat(8191)}`)).toBe(1);
  });

  test('counts commas, and not whitespace, among the 8192 bytes', () => {
    const first = `a=${'v'.repeat(4094)}`;
    const fits = `b=${'v'.repeat(4093)}`;
    expect(`${first},${fits}`).toHaveLength(8192);
    expect(parseBaggage(` ${first} ,\t${fits} `)?.size).toBe(2);
    expect(read(`${first},${fits}v`)).toEqual(read(first));
  });

  test('drops only whole members, and keeps smaller ones after them', () => {
    const big = `a=${'v'.repeat(8000)}`;
    expect([...(parseBaggage(`${big},b=${'v'.repeat(300)},c=1`)?.entries() ?? [])].map(([key]) => key)).toEqual([
      'a',
      'c',
    ]);
  });

  test('reads at most 180 members', () => {
    expect(parseBaggage(`${'x,'.repeat(179)}a=1`)?.get('a')).toBe('1');
    expect(parseBaggage(`${'x,'.repeat(180)}a=1`)).toBeUndefined();
    expect(countDroppedReading(`${'x,'.repeat(180)}a=1`)).toBe(181);
  });

  test('reads at most 16384 characters, up to the end of a member', () => {
    const padded = (length: number): string => `a=1,${' '.repeat(length - 7)}b=2`;
    expect(parseBaggage(padded(16_384))?.size).toBe(2);
    expect(read(padded(16_385))).toEqual([['a', '1']]);
    expect(countDroppedReading(padded(16_385))).toBe(1);
    expect(read(`${padded(16_384)},c=3`)).toHaveLength(2);
    expect(read(`${padded(16_385)},c=3`)).toHaveLength(1);
    expect(parseBaggage(`a=${'v'.repeat(20_000)}`)).toBeUndefined();
    expect(countDroppedReading(`a=${'v'.repeat(20_000)}`)).toBe(1);
  });
});

describe('writing a baggage header', () => {
  test('joins the entries, with properties after each', () => {
    const baggage = Baggage.empty
      .set('a', '1', [{ key: 'p' }, { key: 'q', value: '' }, { key: 'p', value: '2' }])
      .set('b', '');
    expect(serializeBaggage(baggage)).toBe('a=1;p;q=;p=2,b=');
  });

  test('is empty when there is nothing to send', () => {
    expect(serializeBaggage(Baggage.empty)).toBe('');
  });

  test('encodes characters outside the grammar and the percent sign, and nothing else', () => {
    for (let code = 0; code <= 0x7f; code++) {
      const character = String.fromCharCode(code);
      const isPlain = code >= 0x21 && code <= 0x7e && !'%",;\\'.includes(character);
      const encoded = `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
      expect(send({ k: `a${character}b` })).toBe(`k=a${isPlain ? character : encoded}b`);
    }
  });

  test.each([
    ['Jürgen', 'J%C3%BCrgen'],
    ['🙂', '%F0%9F%99%82'],
    ['\u0000\r\nx: y', '%00%0D%0Ax:%20y'],
    ['%41', '%2541'],
    ['\ud800', '%EF%BF%BD'],
    ['a\udc00🙂\ud83d', 'a%EF%BF%BD%F0%9F%99%82%EF%BF%BD'],
  ])('writes %j as %j, in values and in properties', (value, encoded) => {
    expect(serializeBaggage(Baggage.empty.set('k', value, [{ key: 'p', value }]))).toBe(`k=${encoded};p=${encoded}`);
  });

  test('does not encode keys', () => {
    expect(send({ '%41': '1' })).toBe('%41=1');
  });

  test('writes 64 entries, drops the 65th and reports it', () => {
    const onDropped = jest.fn();
    let baggage = Baggage.empty;
    for (let i = 0; i < 64; i++) baggage = baggage.set(`k${i}`, 'v');
    expect(serializeBaggage(baggage, onDropped).split(',')).toHaveLength(64);
    expect(onDropped).not.toHaveBeenCalled();
    const sent = serializeBaggage(baggage.set('k64', 'v').set('k65', 'v'), onDropped);
    expect(sent).toBe(serializeBaggage(baggage));
    expect(onDropped.mock.calls).toEqual([[2]]);
  });

  test('writes an entry of 8192 bytes, and drops one of 8193', () => {
    const onDropped = jest.fn();
    expect(send({ k: 'v'.repeat(8190) })).toHaveLength(8192);
    expect(serializeBaggage(Baggage.empty.set('k', 'v'.repeat(8191)), onDropped)).toBe('');
    expect(onDropped.mock.calls).toEqual([[1]]);
  });

  test('counts commas among the 8192 bytes', () => {
    expect(send({ a: 'v'.repeat(4094), b: 'v'.repeat(4093) })).toHaveLength(8192);
    expect(send({ a: 'v'.repeat(4094), b: 'v'.repeat(4094) })).toHaveLength(4096);
  });

  test('counts encoded bytes: each umlaut takes six', () => {
    expect(send({ k: 'ä'.repeat(1365) })).toHaveLength(8192);
    expect(send({ k: 'ä'.repeat(1366) })).toBe('');
  });

  test('drops only whole members, and writes smaller ones after them', () => {
    expect(send({ a: 'v'.repeat(8000), b: 'v'.repeat(300), c: '1' })).toBe(`a=${'v'.repeat(8000)},c=1`);
  });

  test('writes everything that was read within the limits, with any characters', () => {
    const octets = "!#$&'()*+-./0:<=>?@A[]^_`a{|}~";
    const header = `k=${octets.repeat(273)}`;
    expect(header).toHaveLength(8192);
    const baggage = parseBaggage(header);
    expect(baggage && serializeBaggage(baggage)).toBe(header);
  });
});

describe('any input', () => {
  const OCTET = '[!#-+\\--:<-\\[\\]-~]';
  const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
  const MEMBER = `${TOKEN}=${OCTET}*(;${TOKEN}(=${OCTET}*)?)*`;
  const GRAMMAR = new RegExp(`^(${MEMBER}(,${MEMBER})*)?$`);

  const anyText = fc.string({ unit: 'binary' });
  const headerLike = fc.string({ unit: fc.constantFrom(...'aB1%2C3=;, \t"\\+é\ud800\u0000'), maxLength: 80 });
  const key = fc.constantFrom('a', 'A', '10', '2', '__proto__', 'constructor', "!#$%&'*+-.^_`|~", '%41');
  const property: fc.Arbitrary<BaggageProperty> = fc.oneof(fc.record({ key }), fc.record({ key, value: anyText }));
  const anyBaggage = fc
    .array(fc.tuple(key, fc.oneof(anyText, headerLike), fc.array(property, { maxLength: 4 })), { maxLength: 8 })
    .map((entries) =>
      entries.reduce((all, [name, value, properties]) => all.set(name, value, properties), Baggage.empty),
    );
  const isRepresentable = (baggage: Baggage): boolean => !/%EF%BF%BD/.test(serializeBaggage(baggage));

  test('never throws, and the written header fits the grammar, in ASCII', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, headerLike), (header) => {
        const baggage = parseBaggage(header);
        if (baggage === undefined) return;
        expect(serializeBaggage(baggage)).toMatch(GRAMMAR);
        expect([...baggage.entries()]).toEqual([...(parseBaggage(serializeBaggage(baggage))?.entries() ?? [])]);
      }),
    );
  });

  test('any baggage is written within the grammar and the limits, and is read as the same', () => {
    fc.assert(
      fc.property(anyBaggage, (baggage) => {
        const sent = serializeBaggage(baggage);
        expect(sent).toMatch(GRAMMAR);
        expect(sent.length).toBeLessThanOrEqual(8192);
        const back = parseBaggage(sent) ?? Baggage.empty;
        expect(serializeBaggage(back)).toBe(sent);
        if (isRepresentable(baggage)) expect([...back.entries()]).toEqual([...baggage.entries()]);
      }),
    );
  });

  test('a key that a header cannot carry is refused', () => {
    fc.assert(
      fc.property(anyText, anyText, (name, value) => {
        expect(serializeBaggage(Baggage.empty.set(name, value))).toMatch(GRAMMAR);
      }),
    );
  });
});
