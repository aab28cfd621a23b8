import { splitListMembers, trimOws } from './list-members.ts';

test.each([
  ['', []],
  [',', []],
  [' , \t,', []],
  ['a', ['a']],
  ['a,b', ['a', 'b']],
  ['\ta b ,, c\t', ['a b', 'c']],
  ['a,b,', ['a', 'b']],
  ['\u00a0a', ['\u00a0a']],
])('cuts %j into %j', (list, members) => {
  expect(splitListMembers(list)).toEqual(members);
});

test('trims spaces and tabs and no other whitespace', () => {
  expect(trimOws(' \t a \t ')).toBe('a');
  expect(trimOws(' \t ')).toBe('');
  expect(trimOws('\u00a0a\v')).toBe('\u00a0a\v');
  expect(trimOws('\na\r')).toBe('\na\r');
});
