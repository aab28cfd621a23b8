import { codeLineOf } from '../src/trace/code-line.ts';

test('a line has the file without its folder, and the place as editors open it', () => {
  const attributes = {
    'code.file.path': '/app/src/users.mjs',
    'code.line.number': 46,
    'code.column.number': 30,
    'code.function.name': 'loadUser',
  };
  expect(codeLineOf(attributes)).toEqual({
    short: 'users.mjs:46',
    place: '/app/src/users.mjs:46:30',
    functionName: 'loadUser',
  });
});

test('a line of Windows, by the names of earlier conventions', () => {
  const attributes = { 'code.filepath': 'C:\\app\\users.js', 'code.lineno': 46, 'code.function': 'loadUser' };
  expect(codeLineOf(attributes)).toEqual({
    short: 'users.js:46',
    place: 'C:\\app\\users.js:46',
    functionName: 'loadUser',
  });
});

test('a file without a line, and a span without a file', () => {
  expect(codeLineOf({ 'code.file.path': 'users.js', 'code.column.number': 3 })).toEqual({
    short: 'users.js',
    place: 'users.js',
    functionName: undefined,
  });
  expect(codeLineOf({ 'code.function.name': 'loadUser' })).toBeUndefined();
});
