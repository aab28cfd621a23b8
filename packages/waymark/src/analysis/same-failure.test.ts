import { isSameFailure } from './same-failure.ts';

const refused = { type: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:5432' };
const undefinedName = { type: 'TypeError', message: "Cannot read properties of undefined (reading 'name')" };

test.each([
  ['the same exception', undefinedName, undefinedName],
  ['a status alone', { type: '500' }, undefinedName],
  ['a status above a status', { type: '500' }, { type: '500' }],
  ['another status', { type: '502' }, { type: '500' }],
  ['nothing', {}, undefinedName],
  ['the value for any other error', { type: '_OTHER' }, undefinedName],
  ['a message that only names the status', { message: 'HTTP 500' }, undefinedName],
  ['the words of a status', { type: '500', message: 'Internal Server Error' }, undefinedName],
  ['the type without the message', { type: 'TypeError' }, undefinedName],
  ['the message without the type', { message: refused.message }, refused],
  ['the message, and the class for the code', { type: 'Error', message: refused.message }, refused],
  ['a message that wraps it', { type: 'LoadError', message: `loading: ${refused.message}` }, refused],
  [
    'the values that a database call leaves out',
    { type: 'DatabaseError', message: 'Key (mail)=(ada@example.com) of "users" exists' },
    { type: '23505', message: 'Key (mail)=(?) of ? exists' },
  ],
  ["fetch's message for any fault", { type: 'TypeError', message: 'fetch failed' }, refused],
  [
    'the HTTP status in a message',
    { type: 'AxiosError', message: 'Request failed with status code 503' },
    { type: '503' },
  ],
])('an outer span with %s passes on the failure below it', (_, outer, inner) => {
  expect(isSameFailure(outer, inner)).toBe(true);
});

test.each([
  ['another message', { type: 'Error', message: 'payment was declined' }, refused],
  [
    'another message of the same type',
    { type: 'Error', message: 'no such user' },
    { type: 'Error', message: 'no such order' },
  ],
  [
    'another exception with the same message',
    { type: 'RangeError', message: 'bad' },
    { type: 'TypeError', message: 'bad' },
  ],
  ['the name of another exception', { type: 'NotFoundError' }, undefinedName],
  ['a message above a status that it does not name', { message: 'no such user' }, { type: '404' }],
  ['a number that is longer than the status', { message: 'order 15003 is missing' }, { type: '500' }],
  [
    'other words around the values that a database call leaves out',
    { message: 'Key (mail)=(ada@example.com) of "users" is missing' },
    { type: '23505', message: 'Key (mail)=(?) of ? exists' },
  ],
  ['a message above one that is all values', { message: 'is it? no, it is not' }, { message: '? ? ? ? ?' }],
  ['a message that contains a short one by chance', { message: 'not found' }, { message: 'no' }],
])('an outer span with %s has a failure of its own', (_, outer, inner) => {
  expect(isSameFailure(outer, inner)).toBe(false);
});
