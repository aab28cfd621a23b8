import type { TraceState as OtelTraceState } from '@opentelemetry/api';
import fc from 'fast-check';
import { parseTracestate, TraceState } from './tracestate.ts';

/** The list after reading and writing, or `undefined` if it is dropped. */
function roundTrip(header: string): string | undefined {
  return parseTracestate(header)?.serialize();
}

const fooOnly = TraceState.empty.set('foo', '1');

function membersOf(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `k${i + 1}=v`);
}

describe('reading a tracestate', () => {
  test('keeps the members and their order', () => {
    const traceState = parseTracestate('rojo=00f067aa0ba902b7,congo=t61rcWkgMzE');
    expect(traceState?.get('rojo')).toBe('00f067aa0ba902b7');
    expect(traceState?.get('congo')).toBe('t61rcWkgMzE');
    expect(traceState?.serialize()).toBe('rojo=00f067aa0ba902b7,congo=t61rcWkgMzE');
  });

  test.each(['', ' ', '\t', ',', ' , ,\t'])('treats %j as no list', (header) => {
    expect(parseTracestate(header)).toBeUndefined();
  });

  test('drops spaces and tabs around a member', () => {
    expect(roundTrip('\t foo=1 \t , \t bar=2,\tbaz=3 ')).toBe('foo=1,bar=2,baz=3');
  });

  test.each(['\u00a0', '\v', '\n', '\r', '\f', '\ufeff'])('does not treat %j as whitespace', (character) => {
    expect(parseTracestate(`foo=1,${character}bar=2`)).toBeUndefined();
    expect(parseTracestate(`foo=1${character},bar=2`)).toBeUndefined();
    expect(parseTracestate(`foo=1,bar=2${character}`)).toBeUndefined();
  });

  test('skips empty and blank members', () => {
    expect(roundTrip(',foo=1,, \t,bar=2,')).toBe('foo=1,bar=2');
  });

  test('joins several headers, as Node does', () => {
    expect(roundTrip(['foo=1,bar=2', '', 'baz=3'].join(', '))).toBe('foo=1,bar=2,baz=3');
  });

  test('accepts a list of 32 members and drops one of 33', () => {
    expect(roundTrip(membersOf(32).join(','))).toBe(membersOf(32).join(','));
    expect(parseTracestate(membersOf(33).join(','))).toBeUndefined();
  });

  test('does not count empty members', () => {
    expect(roundTrip(membersOf(32).join(',,'))).toBe(membersOf(32).join(','));
  });

  test.each(['1a', 'foo@', 'a@@b', 'a@b@c', 'a', '0', 'a_-*/@0z', `t@${'v'.repeat(15)}`, `${'t'.repeat(242)}@v`])(
    'takes the key %j, by the grammar of level 2',
    (key) => {
      expect(parseTracestate(`bar=2,${key}=1`)?.get(key)).toBe('1');
    },
  );

  test.each([
    '@foo',
    'Foo',
    'fOO',
    'foo.bar',
    '_foo',
    '-foo',
    '*foo',
    '/foo',
    '',
    'foo ',
    'foo\t',
    'fo o',
    'fö',
    'foo;',
  ])('drops a list with the key %j', (key) => {
    expect(parseTracestate(`bar=2,${key}=1`)).toBeUndefined();
  });

  test('accepts a key of 256 characters and drops a list with one of 257', () => {
    const key = 'z'.repeat(256);
    expect(parseTracestate(`foo=1,${key}=2`)?.get(key)).toBe('2');
    expect(parseTracestate(`foo=1,${key}z=2`)).toBeUndefined();
  });

  test('accepts every character from 0x20 to 0x7E except comma and equals sign in a value', () => {
    for (let code = 0; code <= 0x17f; code++) {
      const value = `a${String.fromCharCode(code)}b`;
      const isAllowed = code >= 0x20 && code <= 0x7e && code !== 0x2c && code !== 0x3d;
      expect([code, parseTracestate(`foo=${value}`)?.get('foo')]).toEqual([code, isAllowed ? value : undefined]);
    }
  });

  test('accepts a value of 256 characters and drops a list with one of 257', () => {
    expect(parseTracestate(`foo=${'v'.repeat(256)}`)?.get('foo')).toBe('v'.repeat(256));
    expect(parseTracestate(`foo=${'v'.repeat(257)}`)).toBeUndefined();
  });

  test('counts leading spaces as part of the value, and trailing ones not', () => {
    expect(parseTracestate('foo=  1 2  ,bar=2')?.get('foo')).toBe('  1 2');
  });

  test.each(['foo=', 'foo=  ', 'foo', '=1', '=', 'foo=bar=baz', 'foo=a\tb'])(
    'drops the list over the member %j',
    (member) => {
      expect(parseTracestate(member)).toBeUndefined();
      expect(parseTracestate(`bar=2,${member}`)).toBeUndefined();
      expect(parseTracestate(`${member},bar=2`)).toBeUndefined();
    },
  );

  test('keeps percent signs, quotes and semicolons', () => {
    expect(roundTrip('foo=%2c"a;b"')).toBe('foo=%2c"a;b"');
  });

  test('keeps the first of members with the same key', () => {
    expect(roundTrip('foo=1,bar=2,foo=3')).toBe('foo=1,bar=2');
  });

  test('counts members with the same key among the 32', () => {
    expect(roundTrip(Array(32).fill('foo=1').join(','))).toBe('foo=1');
    expect(parseTracestate(Array(33).fill('foo=1').join(','))).toBeUndefined();
  });

  test('accepts the longest possible list, and does not read a longer value', () => {
    const members = Array.from({ length: 32 }, (_, i) => `${String(i).padStart(256, 'k')}=${'v'.repeat(256)}`);
    const header = members.join(',');
    expect(header).toHaveLength(16_447);
    expect(parseTracestate(header)?.get(String(31).padStart(256, 'k'))).toBe('v'.repeat(256));
    expect(parseTracestate(`${header} `)).toBeUndefined();
  });
});

describe('get()', () => {
  test('finds whole keys only', () => {
    const traceState = parseTracestate('xfoo=1,foo@x=2,foo=3,oo=4');
    expect(traceState?.get('foo')).toBe('3');
    expect(traceState?.get('oo')).toBe('4');
    expect(traceState?.get('o')).toBeUndefined();
    expect(traceState?.get('x')).toBeUndefined();
  });

  test.each(['', '=', ',', 'foo=1,bar', 'foo=', '1,bar', ' foo', 'constructor', '__proto__', 'toString'])(
    'finds nothing under %j',
    (key) => {
      expect(parseTracestate('foo=1,bar=2')?.get(key)).toBeUndefined();
    },
  );

  test('handles keys that an object would not: integers keep their place, and constructor is an ordinary key', () => {
    expect(roundTrip('10=a,constructor=b,2=c,b=d,1=e')).toBe('10=a,constructor=b,2=c,b=d,1=e');
    expect(parseTracestate('foo=1,constructor=b')?.get('constructor')).toBe('b');
  });
});

describe('changing a tracestate', () => {
  test('puts a new member in front, and does not change the original list', () => {
    const before = parseTracestate('foo=1,bar=2');
    expect(before?.set('waymark', 'x').serialize()).toBe('waymark=x,foo=1,bar=2');
    expect(before?.serialize()).toBe('foo=1,bar=2');
  });

  test.each(['foo', 'bar', 'baz'])('moves a changed member to the front: %s', (key) => {
    const others = ['foo=1', 'bar=2', 'baz=3'].filter((member) => !member.startsWith(key));
    expect(parseTracestate('foo=1,bar=2,baz=3')?.set(key, '9').serialize()).toBe([`${key}=9`, ...others].join(','));
  });

  test('has the key once after setting it, although it was received twice', () => {
    expect(parseTracestate('foo=1,bar=2,foo=3')?.set('foo', '4').serialize()).toBe('foo=4,bar=2');
  });

  test('keeps 31 members after a new one; of 32 the right-most is removed', () => {
    expect(parseTracestate(membersOf(31).join(','))?.set('new', '1').serialize()).toBe(
      ['new=1', ...membersOf(31)].join(','),
    );
    expect(parseTracestate(membersOf(32).join(','))?.set('new', '1').serialize()).toBe(
      ['new=1', ...membersOf(31)].join(','),
    );
  });

  test('keeps all of 32 members when one of them is changed', () => {
    expect(parseTracestate(membersOf(32).join(','))?.set('k32', 'w').serialize()).toBe(
      ['k32=w', ...membersOf(31)].join(','),
    );
  });

  test('starts a list', () => {
    expect(TraceState.empty.set('foo', '1').serialize()).toBe('foo=1');
    expect(TraceState.empty.serialize()).toBe('');
  });

  test.each([
    ['Foo', '1'],
    ['', '1'],
    ['foo,bar', '1'],
    ['foo=1,bar', '1'],
    ['z'.repeat(257), '1'],
    ['foo', ''],
    ['foo', 'a,b=c'],
    ['foo', 'a=b'],
    ['foo', 'a '],
    ['foo', 'a\r\nx: y'],
    ['foo', 'ä'],
    ['foo', 'v'.repeat(257)],
  ])('is the same after setting %j to %j', (key, value) => {
    const traceState = parseTracestate('foo=0,bar=2');
    expect(traceState?.set(key, value)).toBe(traceState);
  });

  test.each([
    ['foo', 'bar=2,baz=3'],
    ['bar', 'foo=1,baz=3'],
    ['baz', 'foo=1,bar=2'],
  ])('removes the member %s', (key, rest) => {
    expect(parseTracestate('foo=1,bar=2,baz=3')?.unset(key).serialize()).toBe(rest);
  });

  test('removes the only member', () => {
    expect(parseTracestate('foo=1')?.unset('foo').serialize()).toBe('');
  });

  test.each(['x', 'foo=1,bar', ''])('is the same after unsetting %j', (key) => {
    const traceState = parseTracestate('foo=1,bar=2');
    expect(traceState?.unset(key)).toBe(traceState);
  });
});

describe('writing a tracestate', () => {
  /** A member of exactly this many characters. */
  const member = (key: string, length: number): string => `${key}=${'v'.repeat(length - key.length - 1)}`;

  test('sends 512 characters whole, however long a member is', () => {
    const list = [member('a', 255), member('b', 256)].join(',');
    expect(list).toHaveLength(512);
    expect(roundTrip(list)).toBe(list);
  });

  test('cuts at 513, and whole members only', () => {
    const list = [member('a', 256), member('b', 256)].join(',');
    expect(list).toHaveLength(513);
    expect(roundTrip(list)).toBe(member('a', 256));
  });

  test('removes members of over 128 characters first, even early ones, and keeps small ones after them', () => {
    const small = Array.from({ length: 4 }, (_, i) => member(`s${i}`, 120));
    expect(roundTrip([member('long', 129), ...small].join(','))).toBe(small.join(','));
  });

  test('counts a member of 128 characters as small', () => {
    const list = [member('a', 128), member('b', 128), member('c', 128), member('d', 120), member('e', 10)];
    expect(roundTrip(list.join(','))).toBe(list.slice(0, 4).join(','));
  });

  test('counts the comma that goes with a member', () => {
    const list = [member('a', 128), member('b', 128), member('c', 128), member('d', 125)];
    expect(list.join(',')).toHaveLength(512);
    expect(roundTrip([...list, member('e', 20)].join(','))).toBe(list.join(','));
  });

  test('removes long members from the right, and no more than needed', () => {
    const list = [member('a', 200), member('b', 200), member('c', 20), member('d', 200)];
    expect(roundTrip(list.join(','))).toBe(list.slice(0, 3).join(','));
  });

  test('removes small members from the right if removing the long ones is not enough', () => {
    const small = Array.from({ length: 6 }, (_, i) => member(`s${i}`, 100));
    expect(roundTrip([member('a', 250), ...small].join(','))).toBe(small.slice(0, 5).join(','));
  });

  test('keeps the members that it does not send', () => {
    const traceState = parseTracestate([member('a', 256), member('b', 257)].join(','));
    expect(traceState?.get('b')).toBe('v'.repeat(255));
  });
});

describe('any input', () => {
  const keyCharacter = fc.constantFrom(...'abcxyz0189_-*/@');
  const key = fc
    .tuple(fc.constantFrom(...'az09'), fc.string({ unit: keyCharacter, maxLength: 12 }))
    .map((parts) => parts.join(''));
  const valueCharacter = fc.constantFrom(...' !"#%+-.;:<>?@AZ[]^_`az{|}~');
  const value = fc
    .tuple(fc.string({ unit: valueCharacter, maxLength: 150 }), fc.constantFrom(...'!~aZ;'))
    .map((parts) => parts.join(''));
  const whitespace = fc.constantFrom('', '', ' ', '\t', ' \t ');
  const validMember = fc
    .tuple(whitespace, key, value, whitespace)
    .map(([before, name, text, after]) => `${before}${name}=${text}${after}`);
  const validList = fc.array(validMember, { maxLength: 32 }).map((members) => members.join(','));
  // Random strings, and strings that resemble a list.
  const anyHeader = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'ab1@=, \t;\u00a0é'), maxLength: 60 }),
    validList,
  );

  const GRAMMAR_KEY = '[a-z0-9][a-z0-9_*/@-]{0,255}';
  const GRAMMAR_VALUE = '[ -+\\--<>-~]{0,255}[!-+\\--<>-~]';
  const GRAMMAR = new RegExp(`^${GRAMMAR_KEY}=${GRAMMAR_VALUE}(,${GRAMMAR_KEY}=${GRAMMAR_VALUE}){0,31}$`);

  test('never throws, and the written value fits the grammar and 512 characters', () => {
    fc.assert(
      fc.property(anyHeader, key, value, (header, name, text) => {
        const traceState = parseTracestate(header)?.set(name, text);
        if (traceState === undefined) return;
        const sent = traceState.serialize();
        expect(sent).toMatch(GRAMMAR);
        expect(sent.length).toBeLessThanOrEqual(512);
        expect(traceState.get(name)).toBe(text);
      }),
    );
  });

  test('a valid list is accepted, and is the same after it was sent on', () => {
    fc.assert(
      fc.property(validList, (header) => {
        const members = header.split(',').map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''));
        const names = [...new Set(members.map((member) => member.split('=')[0] ?? ''))];
        const once = parseTracestate(header);
        for (const name of names.filter(Boolean)) {
          expect(once?.get(name)).toBe(members.find((member) => member.startsWith(`${name}=`))?.slice(name.length + 1));
        }
        const sent = once?.serialize() ?? '';
        expect(parseTracestate(sent)?.serialize() ?? '').toBe(sent);
      }),
    );
  });

  test('any key and value can be passed to set, get and unset', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, text) => {
        const traceState = fooOnly.set(name, text);
        traceState.get(name);
        expect(traceState.unset(name).get(name)).toBeUndefined();
        expect(traceState.serialize()).toMatch(GRAMMAR);
      }),
    );
  });
});

test('a TraceState has the type of @opentelemetry/api', () => {
  const otel: OtelTraceState = fooOnly;
  expect(otel.set('bar', '2').unset('foo').serialize()).toBe('bar=2');
});
