import fc from 'fast-check';
import { withoutLiterals } from './error-text.ts';

/** Messages as databases and drivers write them. */
test.each<[message: string, description: string, statement?: string]>([
  // PostgreSQL
  ['relation "users" does not exist', 'relation "users" does not exist', 'SELECT * FROM users'],
  ['column "nam" does not exist', 'column "nam" does not exist', 'SELECT nam FROM users'],
  ['column "alice" does not exist', 'column ? does not exist', 'SELECT nam FROM users WHERE a = ?'],
  ['syntax error at or near "FORM"', 'syntax error at or near "FORM"', 'SELECT a FORM b'],
  ['syntax error at or near "12"', 'syntax error at or near ?', 'SELECT a FORM b12'],
  ['invalid input syntax for type integer: "abc"', 'invalid input syntax for type integer: ?'],
  ['invalid input syntax for type integer: "a"', 'invalid input syntax for type integer: ?', 'SELECT a'],
  ['invalid input syntax for type json: "a" constraint "secret"', 'invalid input syntax for type json: ?', 'SELECT a'],
  [
    'duplicate key value violates unique constraint "users_email_key"',
    'duplicate key value violates unique constraint "users_email_key"',
  ],
  [
    'null value in column "email" of relation "users" violates not-null constraint',
    'null value in column "email" of relation "users" violates not-null constraint',
  ],
  ['value too long for type character varying(10)', 'value too long for type character varying(10)'],
  ['value "99999999999" is out of range for type integer', 'value ? is out of range for type integer'],
  ['invalid byte sequence for encoding "UTF8": 0x00', 'invalid byte sequence for encoding ?: ?'],
  ['Key (email)=(a@b.c) already exists.', 'Key (email)=? already exists.'],
  ['Failing row contains (1, a@b.c, (x)).', 'Failing row contains ?.'],
  ['password authentication failed for user "alice"', 'password authentication failed for user ?'],
  ['malformed array literal: "{a"', 'malformed array literal: ?'],
  ['la relation « users » n’existe pas', 'la relation ? n’existe pas'],
  ['Relation „users“ existiert nicht', 'Relation „users“ existiert nicht', 'SELECT * FROM users'],
  // MySQL and MariaDB
  ["Duplicate entry 'a@b.c' for key 'users.email'", "Duplicate entry ? for key 'users.email'"],
  ["Duplicate entry 'a' for key 'b' for key 'users.email'", "Duplicate entry ? for key 'users.email'"],
  ["Table 'shop.users' doesn't exist", "Table 'shop.users' doesn't exist"],
  ["Unknown column 'nam' in 'field list'", "Unknown column 'nam' in ?", 'SELECT nam FROM users'],
  ["Incorrect integer value: 'abc' for column 'age' at row 1", "Incorrect integer value: ? for column 'age' at row 1"],
  [
    "Incorrect integer value: 'abc' for column `shop`.`users`.`age` at row 1",
    'Incorrect integer value: ? for column `shop`.`users`.`age` at row 1',
  ],
  ["Data too long for column 'name' at row 1", "Data too long for column 'name' at row 1"],
  [
    "You have an error in your SQL syntax; the right syntax to use near 'where a='x'' at line 1",
    'You have an error in your SQL syntax; the right syntax to use near ? at line 1',
    'SELECT where a',
  ],
  [
    "(conn:3, no: 1062, SQLState: 23000) Duplicate entry 'a@b.c' for key 'email'\nsql: INSERT INTO users VALUES (?) - parameters:['a@b.c',42]",
    "(conn:3, no: 1062, SQLState: 23000) Duplicate entry ? for key 'email'",
  ],
  [
    "Access denied for user 'alice'@'localhost' (using password: YES)",
    'Access denied for user ? (using password: YES)',
  ],
  // SQLite
  ['UNIQUE constraint failed: users.email', 'UNIQUE constraint failed: users.email'],
  ['no such table: users', 'no such table: users'],
  ['no such column: alice', 'no such column: ?', 'SELECT a FROM b WHERE c = ?'],
  ['no such column: nam', 'no such column: nam', 'SELECT nam FROM b'],
  [
    'no such column: "alice" - should this be a string literal in single-quotes?',
    'no such column: ? - should this be a string literal in single-quotes?',
  ],
  // SQL Server
  [
    "Conversion failed when converting the varchar value 'x' to data type int.",
    'Conversion failed when converting the varchar value ? to data type int.',
    'SELECT x',
  ],
  [
    "Violation of UNIQUE KEY constraint 'UQ_users'. Cannot insert duplicate key in object 'dbo.users'. The duplicate key value is (a@b.c, 1).",
    "Violation of UNIQUE KEY constraint 'UQ_users'. Cannot insert duplicate key in object ?. The duplicate key value is ?.",
  ],
  [
    'Arithmetic overflow error for data type tinyint, value = 300.',
    'Arithmetic overflow error for data type tinyint, value = ?',
  ],
  // MongoDB and Redis
  [
    'E11000 duplicate key error collection: shop.users index: email_1 dup key: { email: "a@b" }',
    'E11000 duplicate key error collection: shop.users index: email_1 dup key: ?',
  ],
  ["ERR unknown command 'x', with args beginning with: 'secret' 'b' ", 'ERR unknown command ? '],
  [
    'WRONGTYPE Operation against a key holding the wrong kind of value',
    'WRONGTYPE Operation against a key holding the wrong kind of value',
  ],
  // Connections
  ['connect ECONNREFUSED 127.0.0.1:27017', 'connect ECONNREFUSED 127.0.0.1:27017'],
  ['cannot connect to postgres://shop:secret@db.example/shop', 'cannot connect to ?'],
  ['no user 4915112345678 here, code 1062', 'no user ? here, code 1062'],
  ['', ''],
])('%j', (...row) => {
  // Not by parameters: Jest passes a callback for one that a row does not have.
  const [message, description, statement] = row;
  expect(withoutLiterals(message, statement)).toBe(description);
});

test('a message is cut at 1,024 characters, and a value there is replaced to the end', () => {
  expect(withoutLiterals('x'.repeat(1024))).toBe('x'.repeat(1024));
  expect(withoutLiterals('x'.repeat(1025))).toBe(`${'x'.repeat(1024)}…`);
  expect(withoutLiterals(`near 'a' secret '${'x'.repeat(1025)}`)).toBe('near ?…');
});

/** A value between the beginning and the end of a message. */
const messages: readonly [start: string, end: string][] = [
  ['invalid input syntax for type integer: "', '"'],
  ['invalid input value for enum mood: "', '"'],
  ['value "', '" is out of range for type integer'],
  ['malformed record literal: "', '"'],
  ['Key (email)=(', ') already exists.'],
  ['Failing row contains (1, ', ', x).'],
  ["Duplicate entry '", "' for key 'users.email'"],
  ["Incorrect datetime value: '", "' for column 'users' at row 1"],
  ["Truncated incorrect DOUBLE value: '", "'"],
  ["You have an error in your SQL syntax; the right syntax to use near '", "' at line 1"],
  ["Conversion failed when converting the nvarchar value '", "' to data type int."],
  ['Cannot insert duplicate key. The duplicate key value is (', ').'],
  ["String would be truncated in table 'shop.users', column 'email'. Truncated value: '", "'."],
  ['E11000 duplicate key error collection: shop.users index: email_1 dup key: { email: "', '" }'],
  ["ERR unknown command 'get', with args beginning with: '", "' 'users' "],
  ['la valeur « ', ' » est invalide'],
  ['Invalid `prisma.users.create()` invocation in\n/app/a.js:3:5\n\n  create({ data: { email: "', '" } })\n\nfailed'],
];

const statement = 'SELECT users.email, name AS "a b" FROM users WHERE email = ?';

test('no value is in the description, whatever it holds', () => {
  const value = fc
    .array(
      fc.constantFrom(
        'zqx',
        "'",
        '"',
        '`',
        ' ',
        ': ',
        '=',
        "'' ",
        "users' ",
        '"users"',
        "' for key '",
        "' for column '",
        ' constraint "zqx"',
        ' near "users"',
        '(',
        ')',
        '{',
        '}',
        ', ',
        "n't ",
        ' » ',
        '\n',
        'email',
      ),
      { maxLength: 8 },
    )
    .map((parts) => `zqx${parts.join('')}zqx`);
  fc.assert(
    fc.property(fc.constantFrom(...messages), value, fc.boolean(), ([start, end], content, hasStatement) => {
      const message = `${start}${content}${end}`;
      expect(withoutLiterals(message, hasStatement ? statement : undefined)).not.toContain('zqx');
    }),
    { numRuns: 10_000 },
  );
});

test('reads any string, without an exception', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.option(fc.string(), { nil: undefined }), (message, sql) => {
      expect(withoutLiterals(message, sql).length).toBeLessThanOrEqual(1025);
    }),
  );
});
