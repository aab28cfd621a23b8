import { batchName, commandAttributes, commandText, errorCode, redisCommand, returnedRows } from './redis-command.ts';

const text = (line: string): string | undefined => {
  const [name = '', ...args] = line.split(' ');
  return commandText(redisCommand(name), args);
};

test.each([
  ['get user:7', 'GET user:7'],
  ['SET user:7 secret EX 60', 'SET user:7 ? ? ?'],
  ['del a b', 'DEL a b'],
  ['mset a 1 b 2', 'MSET a ? b ?'],
  ['hmset h field1 1 field2 2', 'HMSET h field1 ? field2 ?'],
  ['hget h field', 'HGET h field'],
  ['hdel h one two', 'HDEL h one two'],
  ['blpop a b 5', 'BLPOP a b ?'],
  ['lmove a b LEFT RIGHT', 'LMOVE a b ? ?'],
  ['config set requirepass secret', 'CONFIG set ? ?'],
  ['object encoding key', 'OBJECT encoding key'],
  ['xgroup create key group $', 'XGROUP create key ? ?'],
  ['zunion 2 a b weights 1 2', 'ZUNION ? a b ? ? ?'],
  ['bzmpop 1 2 a b min', 'BZMPOP ? ? a b ?'],
  ['xread count 2 streams a b 0-1 0-2', 'XREAD ? ? ? a b ? ?'],
  ['ping secret', 'PING ?'],
  ['dbsize', 'DBSIZE'],
])('%s is shown as %s', (line, expected) => {
  expect(text(line)).toBe(expected);
});

test.each([
  'auth user secret',
  'hello 3 auth user secret',
  'acl setuser name >secret',
  'eval return 1 1 key secret',
  'migrate host 6379 key 0 10 auth secret',
  'ft.search index secret',
  'constructor secret',
  '__proto__ secret',
])('%s is not shown', (line) => {
  expect(text(line)).toBeUndefined();
});

test('keys that a shell would split are quoted, bytes are shown as text, and other values not at all', () => {
  const del = redisCommand('del');
  expect(commandText(del, ['a b', '"', 'c\nd', Buffer.from('bytes'), 7, { secret: 1 }, null])).toBe(
    String.raw`DEL "a b" "\"" "c\nd" bytes 7 ? ?`,
  );
});

test('a long key and a long list of keys are cut', () => {
  expect(commandText(redisCommand('get'), ['k'.repeat(201)])).toBe(`GET ${'k'.repeat(200)}…`);
  const many =
    commandText(
      redisCommand('mget'),
      Array.from({ length: 10_000 }, (_, at) => `key:${at}`),
    ) ?? '';
  expect(many).toHaveLength(1001);
});

test('the first argument may follow the name in the same list', () => {
  expect(commandText(redisCommand('HSET'), ['HSET', 'h', 'f', 'secret'], 1)).toBe('HSET h f ?');
});

test('a script is named by its hash, a function by its name, and their arguments are left out', () => {
  const of = (name: string, ...args: unknown[]) => commandAttributes(redisCommand(name), args, 0, true);
  expect(of('eval', 'return 1', 0, 'secret')).toEqual([
    'db.operation.name',
    'EVAL',
    'db.stored_procedure.name',
    'e0e1f9fabfc9d4800c877a703b823ac0578ff8db',
  ]);
  expect(of('evalsha', 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db', 0)).toEqual(
    expect.arrayContaining(['EVALSHA', 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db']),
  );
  expect(of('fcall', 'myfunction', 0, 'secret')).toEqual(expect.arrayContaining(['FCALL', 'myfunction']));
});

test('rows are the items of a list, the fields of a hash, and what a scan has found', () => {
  expect(returnedRows(redisCommand('mget'), ['a', null, 'b'])).toBe(2);
  expect(returnedRows(redisCommand('smembers'), new Set([1, 2]))).toBe(2);
  expect(returnedRows(redisCommand('hgetall'), ['f', 1, 'g', 2])).toBe(2);
  expect(returnedRows(redisCommand('hgetall'), { f: 1 })).toBe(1);
  expect(returnedRows(redisCommand('hgetall'), new Map([['f', 1]]))).toBe(1);
  expect(returnedRows(redisCommand('scan'), ['0', ['a', 'b']])).toBe(2);
  expect(returnedRows(redisCommand('get'), 'a')).toBeUndefined();
  expect(returnedRows(redisCommand('lrange'), null)).toBeUndefined();
});

test("the code of an error is the first word of Redis's message", () => {
  expect(errorCode(new Error('WRONGTYPE Operation against a key'))).toBe('WRONGTYPE');
  expect(errorCode(new Error('ERR'))).toBe('ERR');
  expect(errorCode(new Error('Connection is closed.'))).toBeUndefined();
  expect(errorCode('ERR')).toBeUndefined();
});

test('a batch of one command is named for it', () => {
  expect(batchName('PIPELINE', [redisCommand('get'), redisCommand('GET')])).toBe('PIPELINE GET');
  expect(batchName('MULTI', [redisCommand('get'), redisCommand('set')])).toBe('MULTI');
  expect(batchName('MULTI', [])).toBe('MULTI');
});
