import { readOtMember, samplingOf, withThreshold } from './ot-tracestate.ts';
import { parseTracestate } from './tracestate.ts';

const RANDOMNESS = '0123456789abcd';
const NOTHING = { threshold: undefined, randomness: undefined };

function rewritten(header: string, threshold: string | undefined): string | undefined {
  return withThreshold(parseTracestate(header), threshold)?.serialize();
}

describe('reading the ot member', () => {
  test('finds threshold and randomness among the other sub-keys and members', () => {
    expect(readOtMember(parseTracestate(`congo=1,ot=p:8;rv:${RANDOMNESS};th:c8`))).toEqual({
      threshold: 'c8',
      randomness: RANDOMNESS,
    });
  });

  test('finds nothing without tracestate, without the member, or without both sub-keys', () => {
    expect(readOtMember(undefined)).toEqual(NOTHING);
    expect(readOtMember(parseTracestate('congo=ot:th:8'))).toEqual(NOTHING);
    expect(readOtMember(parseTracestate('ot=foo:bar'))).toEqual(NOTHING);
  });

  test.each(['0', 'c', '8000', 'ffffffffffffff'])('accepts the threshold %s', (threshold) => {
    expect(readOtMember(parseTracestate(`ot=th:${threshold}`)).threshold).toBe(threshold);
  });

  test.each(['', 'C', '0x8', 'g', '8 ', ' 8', '-8', 'fffffffffffffff'])('ignores the threshold %j', (threshold) => {
    expect(readOtMember(parseTracestate(`ot=th:${threshold};rv:${RANDOMNESS}`))).toEqual({
      threshold: undefined,
      randomness: RANDOMNESS,
    });
  });

  test.each(['', '0123456789abc', '0123456789abcde', '0123456789ABCD', '0123456789abcg'])(
    'ignores the randomness %j',
    (randomness) => {
      expect(readOtMember(parseTracestate(`ot=th:8;rv:${randomness}`))).toEqual({
        threshold: '8',
        randomness: undefined,
      });
    },
  );

  test('compares sub-keys whole', () => {
    expect(readOtMember(parseTracestate('ot=oth:8;ath:8;th8;rvx:1'))).toEqual(NOTHING);
  });
});

describe('writing the threshold', () => {
  test('starts a tracestate', () => {
    expect(withThreshold(undefined, 'c')?.serialize()).toBe('ot=th:c');
  });

  test('puts it before the other sub-keys, and the member before the others', () => {
    expect(rewritten(`congo=1,ot=p:8;rv:${RANDOMNESS},rojo=2`, 'c')).toBe(
      `ot=th:c;p:8;rv:${RANDOMNESS},congo=1,rojo=2`,
    );
  });

  test('replaces the one that is there, and any further one', () => {
    expect(rewritten('ot=th:8;a:1;th:c;b:2', '4')).toBe('ot=th:4;a:1;b:2');
  });

  test('returns the same instance if it is there already, so that the order of members stays', () => {
    const traceState = parseTracestate('congo=1,ot=th:8;a:1');
    expect(withThreshold(traceState, '8')).toBe(traceState);
  });

  test('removes it and keeps the other sub-keys', () => {
    expect(rewritten('congo=1,ot=th:8;a:1', undefined)).toBe('ot=a:1,congo=1');
  });

  test('removes an empty member, and an empty tracestate', () => {
    expect(rewritten('congo=1,ot=th:8', undefined)).toBe('congo=1');
    expect(withThreshold(parseTracestate('ot=th:8'), undefined)).toBeUndefined();
  });

  test('returns the same instance if there is none to remove', () => {
    const traceState = parseTracestate('congo=1,ot=a:1');
    expect(withThreshold(traceState, undefined)).toBe(traceState);
    expect(withThreshold(undefined, undefined)).toBeUndefined();
  });

  test.each(['', 'C', 'x', '8;rv:1', '8,foo=1', 'fffffffffffffff'])('treats %j as no threshold', (threshold) => {
    expect(rewritten('ot=th:8;a:1', threshold)).toBe('ot=a:1');
    expect(withThreshold(undefined, threshold)).toBeUndefined();
  });

  test('makes a member of 256 characters, and leaves the threshold out if it would have 257', () => {
    const fits = `a:${'x'.repeat(256 - 'th:c;a:'.length)}`;
    expect(rewritten(`ot=${fits}`, 'c')).toBe(`ot=th:c;${fits}`);
    expect(rewritten(`ot=${fits}x`, 'c')).toBe(`ot=${fits}x`);
    expect(rewritten(`ot=${fits};th:8`, 'c0')).toBe(`ot=${fits}`);
  });
});

describe('what another trace with the same decision carries', () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

  test.each([
    ['ot=th:c,congo=1', 'ot=th:c;rv:ce929d0e0e4736'],
    ['ot=th:c;rv:0123456789abcd;x:1', 'ot=th:c;rv:0123456789abcd'],
    ['ot=rv:0123456789abcd', 'ot=rv:0123456789abcd'],
    ['ot=x:1,congo=1', undefined],
    ['congo=1', undefined],
  ])('%s becomes %s', (given, expected) => {
    expect(samplingOf(parseTracestate(given), traceId)?.serialize()).toBe(expected);
  });

  test('is nothing without a tracestate', () => {
    expect(samplingOf(undefined, traceId)).toBeUndefined();
  });
});
