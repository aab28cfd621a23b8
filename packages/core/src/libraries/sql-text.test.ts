// What is replaced in a statement, in each dialect. sql-leaks.test.ts has random statements.
import { readSql, type SqlDialect } from './sql-text.ts';

type Case = [sql: string, text: string];

function testTexts(dialect: SqlDialect, cases: readonly Case[]): void {
  test.each(cases)('%j', (sql, text) => {
    expect(readSql(sql, dialect).text).toBe(text);
  });
}

describe.each<SqlDialect>(['postgresql', 'mysql', 'sqlite', 'tsql'])('in %s', (dialect) => {
  testTexts(dialect, [
    ['', ''],
    [' \n', ''],
    ["SELECT 'a'", 'SELECT ?'],
    ["SELECT ''", 'SELECT ?'],
    ["SELECT 'it''s', 'b'", 'SELECT ?, ?'],
    ["DELETE FROM t WHERE a='x'AND b='y'", 'DELETE FROM t WHERE a=?AND b=?'],
    ["SELECT N'a', x'4D', B'01', X'4d'", 'SELECT ?, ?, ?, ?'],
    ["SELECT DATE '2026-11-30', INTERVAL '1 day'", 'SELECT DATE ?, INTERVAL ?'],
    ['SELECT 1, 1.5, .5, 1., 1e5, 1E-5, 1e+5, 0x1F, 1_000', 'SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?'],
    ['DELETE FROM t WHERE a = -1 AND b IN (-1) LIMIT +1', 'DELETE FROM t WHERE a = ? AND b IN (?) LIMIT ?'],
    ['SELECT a-1, a - 1, (a)-1, f(-1)', 'SELECT a-?, a - ?, (a)-?, f(?)'],
    ['SELECT a1, t2.b3 FROM t_4', 'SELECT a1, t2.b3 FROM t_4'],
    ['DELETE FROM t WHERE a = TRUE OR b = false', 'DELETE FROM t WHERE a = ? OR b = ?'],
    ['DELETE FROM t WHERE a IS TRUE OR b IS NOT FALSE', 'DELETE FROM t WHERE a IS TRUE OR b IS NOT FALSE'],
    ['DELETE FROM t WHERE a IS NULL', 'DELETE FROM t WHERE a IS NULL'],
    ["DELETE FROM t WHERE a IN (1, 2, -3, 'x')", 'DELETE FROM t WHERE a IN (?)'],
    ['DELETE FROM t WHERE a IN (1, b, 2, 3)', 'DELETE FROM t WHERE a IN (?, b, ?)'],
    ['DELETE FROM t WHERE a NOT IN (1,2) AND f(1, 2)', 'DELETE FROM t WHERE a NOT IN (?) AND f(?, ?)'],
    ['INSERT INTO t VALUES (1, 2), (3, 4)', 'INSERT INTO t VALUES (?, ?), (?, ?)'],
    ["SELECT a -- it's 1\n, b", 'SELECT a \n, b'],
    ['SELECT a/* b */FROM t', 'SELECT a FROM t'],
    ["/*traceparent='00-1'*/ SELECT a /* 'x", 'SELECT a'],
    ["SELECT 'a", 'SELECT ?'],
    ["SELECT 'a''", 'SELECT ?'],
    ['SELECT /* a', 'SELECT'],
    ["SELECT ';' ; SELECT 'b'", 'SELECT ? ; SELECT ?'],
    ['SELECT ? FROM t WHERE a = ? LIMIT ?', 'SELECT ? FROM t WHERE a = ? LIMIT ?'],
    ['SELECT :name, @p1, %s, %(name)s', 'SELECT :name, @p1, %s, %(name)s'],
    // No-break space, a digit of another script.
    ['SELECT\u00a01, \u0663\u0664', 'SELECT\u00a0?, ?'],
    ['SELECT größe, \u{1f600} FROM t', 'SELECT größe, \u{1f600} FROM t'],
  ]);

  test('a statement without literals stays as it is, line breaks included', () => {
    const sql = 'SELECT a,\n       b\n  FROM t\n WHERE a IS NULL';
    expect(readSql(sql, dialect).text).toBe(sql);
  });

  test('reads the same statement once', () => {
    expect(readSql('SELECT 1 FROM t', dialect)).toBe(readSql('SELECT 1 FROM t', dialect));
  });

  test('cuts a statement after 32,768 characters, and no token is cut in half', () => {
    const text = (length: number, rest: string): string =>
      readSql(`SELECT ${'a'.repeat(length - 8)} ${rest}`, dialect).text;
    expect(text(32_764, 'TRUE')).toMatch(/a \?$/);
    expect(text(32_765, 'TRUE')).toMatch(/a …$/);
    expect(text(32_765, "'x'")).toMatch(/a \?$/);
    expect(text(32_766, "'x'")).toMatch(/a …$/);
    expect(text(32_766, ' ,x')).toMatch(/a {2},…$/);
  });
});

describe('PostgreSQL', () => {
  testTexts('postgresql', [
    ['SELECT "a""b", U&"d\\0061t" FROM "t"', 'SELECT "a""b", U&"d\\0061t" FROM "t"'],
    ["SELECT E'it\\'s', e'\\\\', 'b'", 'SELECT ?, ?, ?'],
    ["SELECT U&'d!0061t' UESCAPE '!'", 'SELECT ? UESCAPE ?'],
    // standard_conforming_strings is on, by which the reading is valid.
    ["SELECT 'C:\\dir\\', 'b' FROM t", 'SELECT ?, ? FROM t'],
    // Valid if it is on, and if it is off.
    ["SELECT 'a\\' -- ', b\n, c", 'SELECT ?'],
    ["SELECT 'a'\n  'b', 'c' 'd'", 'SELECT ?, ? ?'],
    ["SELECT E'a' -- x\n 'it\\'s', b", 'SELECT ?, b'],
    ["SELECT $$it's$$, $tag$ $$ $ta$ $tag$, $1", 'SELECT ?, ?, $1'],
    ['SELECT a$b$c, d FROM t', 'SELECT a$b$c, d FROM t'],
    ['SELECT 1$$a$$', 'SELECT ??'],
    ['DO $$ BEGIN', 'DO ?'],
    ['SELECT $tag$ a $tag', 'SELECT ?'],
    ['SELECT /* a /* b */ c */ d', 'SELECT  d'],
    ["SELECT a->>'b', c #> '{d,1}', e ? 'f', g ?| $1, h::text", 'SELECT a->>?, c #> ?, e ? ?, g ?| $1, h::text'],
    ["SELECT a[1:2], ARRAY[1, -2], @-5, a @> '{}'", 'SELECT a[?:?], ARRAY[?, ?], @?, a @> ?'],
    ['COPY t FROM STDIN;\n1\tsecret\n\\.\nSELECT 1', 'COPY t FROM STDIN; ?\nSELECT ?'],
    ['COPY t FROM STDIN;\n1\tsecret', 'COPY t FROM STDIN; ?'],
    ['COPY t FROM STDIN;', 'COPY t FROM STDIN;'],
    ["COPY t TO '/tmp/x' (FORMAT csv)", 'COPY t TO ? (FORMAT csv)'],
    ["SELECT a -- b\r, 'c'", 'SELECT a \r, ?'],
  ]);
});

describe('MySQL', () => {
  testTexts('mysql', [
    ['SELECT `a``b`, "c", "d""e", "f\\"g" FROM `t`', 'SELECT `a``b`, ?, ?, ? FROM `t`'],
    ["SELECT 'it\\'s', 'b', c", 'SELECT ?, ?, c'],
    ["SELECT 'a\\\\', b", 'SELECT ?, b'],
    // Valid by default and with NO_BACKSLASH_ESCAPES.
    ["SELECT 'a\\', b, 'c' FROM t WHERE d = 'e\\'", 'SELECT ?'],
    ["SELECT 'a\\' -- ', b\n, c", 'SELECT ?'],
    // Valid with NO_BACKSLASH_ESCAPES only.
    ["SELECT 'a\\', b", 'SELECT ?'],
    ["SELECT _utf8mb4'a' COLLATE utf8mb4_bin, 0b01, n'a'", 'SELECT _utf8mb4? COLLATE utf8mb4_bin, ?, ?'],
    ["SELECT a # it's\n, b", 'SELECT a \n, b'],
    ["SELECT 5--1, a -- b'\n, c", 'SELECT ?-?, a \n, c'],
    ["SELECT 1 /*!40101 , 'a' */, /*M! 'b' */ c", 'SELECT ?  , ?  ,  ?  c'],
    ["SELECT 1 /*!99999 'a */ b' */ c", 'SELECT ?  ?'],
    ['SELECT /*+ MAX_EXECUTION_TIME(1) */ a', 'SELECT  a'],
    ['SELECT a /* /* */ b', 'SELECT a  b'],
    ["CREATE USER 'a'@'b' IDENTIFIED BY 'c'", 'CREATE USER ?@? IDENTIFIED BY ?'],
    ["SELECT @a, @@b, @'c', \\N", 'SELECT @a, @@b, @?, \\N'],
    ['SELECT 1a FROM 2b', 'SELECT ? FROM ?'],
    ['AS $$ a $$', 'AS ?'],
    ['SELECT a->\'$.b\', c->>"$.d"', 'SELECT a->?, c->>?'],
  ]);
});

describe('SQLite', () => {
  testTexts('sqlite', [
    ['SELECT "a", `b`, [c d] FROM "t"', 'SELECT "a", `b`, [c d] FROM "t"'],
    ["SELECT 'a\\', b, 'c'", 'SELECT ?, b, ?'],
    ['SELECT ?1, :a, @b, $c, $d::e', 'SELECT ?1, :a, @b, $c, $d::e'],
    // SQLite takes a name that it does not know for a string.
    ['DELETE FROM t WHERE a = "alice" OR "t"."b" = "t"."c"', 'DELETE FROM t WHERE a = ? OR "t"."b" = "t"."c"'],
    ['INSERT INTO t VALUES ("alice", 1), ("bob", 2)', 'INSERT INTO t VALUES (?, ?), (?, ?)'],
    ['DELETE FROM t WHERE a IN ("alice") AND f("a@b.c")', 'DELETE FROM t WHERE a IN (?) AND f(?)'],
    ['DELETE FROM t WHERE a IN (SELECT "id" FROM "t")', 'DELETE FROM t WHERE a IN (SELECT "id" FROM "t")'],
    ['select a /* b', 'select a'],
  ]);
});

describe('T-SQL', () => {
  testTexts('tsql', [
    ['SELECT [a]]b], "c" FROM [d]..[e]', 'SELECT [a]]b], "c" FROM [d]..[e]'],
    ['SELECT $1.50, $-2, €3, £ 4, $action', 'SELECT ?, ?, ?, ?, $action'],
    ['SELECT 0xAB\\\nCD, 0xAB\\\r\nCD', 'SELECT ?, ?'],
    ['SELECT * FROM #t, ##u, @v', 'SELECT * FROM #t, ##u, @v'],
    ['SELECT /* a /* b */ c */ d', 'SELECT  d'],
    ["SELECT a -- b\r'c'\n, d", 'SELECT a'],
    ["SELECT a -- b\r\n, 'c'", 'SELECT a \n, ?'],
    ['EXEC dbo.find alice, @b = bob, @c = @d OUTPUT', 'EXEC dbo.find ?, @b = ?, @c = @d OUTPUT'],
    ['EXEC find [alice]; SELECT a', 'EXEC find ?; SELECT a'],
    ['EXEC @r = find alice SELECT a FROM b', 'EXEC @r = find ? SELECT a FROM b'],
    ["EXEC ('SELECT 1') AT server", 'EXEC (?) AT server'],
    ['find alice', 'find ?'],
    ['INSERT INTO #t EXECUTE find alice', 'INSERT INTO #t EXECUTE find ?'],
    ['GRANT EXECUTE ON find TO alice', 'GRANT EXECUTE ON find TO alice'],
    ['DELETE FROM t WHERE a = "alice" AND [b] = [c]', 'DELETE FROM t WHERE a = ? AND [b] = [c]'],
  ]);
});
