import { splitListMembers } from './list-members.ts';

test.each([
  ['', []],
  [',', []],
  [' , \t,', []],
  ['a', ['a']],
  ['a,b', ['a', 'b']],
  ['\ta b ,, c\t', ['a b', 'c']],
  ['a,b,', ['a', 'b']],
  ['\u00a0a', ['\u00a0a']],
])('splits %j into %j', (list, members) => {
  expect(splitListMembers(list)).toEqual(members);
});
