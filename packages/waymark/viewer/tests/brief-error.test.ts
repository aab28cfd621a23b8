import { briefError } from '../src/trace/brief-error.ts';

test.each([
  [{ type: 'RangeError', message: 'out of range' }, 'RangeError'],
  [{ type: 'RangeError' }, 'RangeError'],
  [{ type: '23505', message: 'duplicate key' }, 'duplicate key'],
  [{ type: 'ECONNREFUSED', message: 'connect ECONNREFUSED' }, 'connect ECONNREFUSED'],
  [{ type: '503' }, '503'],
  [{ message: 'declined' }, 'declined'],
  [{}, 'error'],
  [undefined, 'error'],
])('a row says of %j: %s', (error, text) => {
  expect(briefError(error)).toBe(text);
});
