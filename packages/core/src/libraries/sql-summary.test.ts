import { readSql, type SqlDialect } from './sql-text.ts';

type Case = [sql: string, summary: string];

function testSummaries(dialect: SqlDialect, cases: readonly Case[]): void {
  test.each(cases)('%j', (sql, summary) => {
    expect(readSql(sql, dialect).summary).toBe(summary);
  });
}

describe.each<SqlDialect>(['postgresql', 'mysql', 'sqlite', 'tsql'])('in %s', (dialect) => {
  testSummaries(dialect, [
    // The examples of the conventions.
    ['SELECT *\nFROM   wuser_table\nWHERE  username = ?', 'SELECT wuser_table'],
    ['INSERT INTO shipping_details (order_id) SELECT order_id FROM orders', 'INSERT shipping_details SELECT orders'],
    ['SELECT * FROM songs, artists WHERE songs.artist_id == artists.id', 'SELECT songs artists'],
    [
      'SELECT order_date FROM (SELECT * FROM orders o JOIN customers c ON o.customer_id = c.customer_id)',
      'SELECT SELECT orders customers',
    ],

    ['', ''],
    ['some text', ''],
    ['SELECT 1', 'SELECT'],
    ['select a from B.c', 'select B.c'],
    ['SELECT a FROM b . /* x */ c', 'SELECT b.c'],
    ['SELECT * FROM a x LEFT JOIN b AS y ON x.i = y.i, c WHERE d = 1', 'SELECT a b c'],
    ['SELECT * FROM a JOIN b USING (i, j), (SELECT k FROM l) m, n', 'SELECT a b SELECT l n'],
    ['SELECT * FROM (a JOIN b ON a.i = b.i), (c)', 'SELECT a b c'],
    ['SELECT * FROM a CROSS JOIN b ORDER BY c, d LIMIT 1, 2', 'SELECT a b'],
    ['SELECT (SELECT b FROM c), d FROM e', 'SELECT SELECT c e'],
    ['SELECT a FROM b UNION ALL SELECT c FROM d', 'SELECT b SELECT d'],
    ['SELECT a FROM b WHERE c IN (SELECT d FROM e) AND EXISTS (SELECT 1 FROM f)', 'SELECT b SELECT e SELECT f'],
    ['SELECT EXTRACT(YEAR FROM a), TRIM(BOTH b FROM c), SUBSTRING(d FROM 2) FROM e', 'SELECT e'],
    ['SELECT a FROM b WHERE c IS DISTINCT FROM d', 'SELECT b'],
    ['SELECT a FROM b FOR UPDATE', 'SELECT b'],
    ['SELECT * FROM table WHERE a = 1', 'SELECT table'],
    ['SELECT replace(a, b, c), update_time FROM d', 'SELECT d'],
    [
      'WITH a AS (SELECT 1 FROM b), c (d) AS (SELECT 2 FROM A) SELECT * FROM a JOIN c ON 1 = 1',
      'SELECT b SELECT SELECT',
    ],
    [
      'WITH RECURSIVE a AS (SELECT b FROM c UNION SELECT d FROM a) DELETE FROM e WHERE f IN (SELECT g FROM a)',
      'SELECT c SELECT DELETE e SELECT',
    ],
    ['INSERT INTO a (b, c) VALUES (1, 2), (3, 4)', 'INSERT a'],
    ['UPDATE a SET b = 1, c = 2 WHERE d = 3', 'UPDATE a'],
    ['DELETE FROM a WHERE b = 1', 'DELETE a'],
    [
      'MERGE INTO a USING b ON a.i = b.i WHEN MATCHED THEN UPDATE SET c = 1 WHEN NOT MATCHED THEN INSERT (c) VALUES (1)',
      'MERGE a b',
    ],
    ['CREATE TABLE IF NOT EXISTS a (b INT REFERENCES c ON DELETE CASCADE ON UPDATE SET NULL)', 'CREATE TABLE a'],
    ['create or replace view a as select b from c', 'create view a select c'],
    ['CREATE UNIQUE INDEX a ON b (c)', 'CREATE INDEX a'],
    ['CREATE TRIGGER a AFTER INSERT OR UPDATE ON b', 'CREATE TRIGGER a'],
    ['DROP TABLE IF EXISTS a, b', 'DROP TABLE a b'],
    ['ALTER TABLE a ADD COLUMN b INT', 'ALTER TABLE a'],
    ['TRUNCATE TABLE a', 'TRUNCATE TABLE a'],
    ['DROP USER alice', 'DROP USER'],
    ['GRANT SELECT, INSERT ON a TO alice', 'GRANT'],
    ['BEGIN', 'BEGIN'],
    ['SAVEPOINT a1', 'SAVEPOINT'],
    ['ROLLBACK TO SAVEPOINT a1', 'ROLLBACK'],
    ['SET a = 1; SELECT b FROM c; UPDATE d SET e = 2', 'SET SELECT c UPDATE d'],
    ['EXPLAIN SELECT a FROM b', 'EXPLAIN SELECT b'],
    ["SELECT a FROM 'secret'", 'SELECT'],
    ["SELECT 'FROM secret' FROM a -- FROM secret", 'SELECT a'],
  ]);

  test('is cut between tokens at 255 characters', () => {
    const summaryOf = (last: string): string =>
      readSql(`SELECT * FROM ${'a'.repeat(100)}, ${'b'.repeat(100)}, ${last}, d`, dialect).summary;
    const whole = summaryOf('c'.repeat(46));
    expect(whole).toHaveLength(255);
    expect(summaryOf('c'.repeat(47))).toBe(`SELECT ${'a'.repeat(100)} ${'b'.repeat(100)}`);
  });
});

describe('PostgreSQL', () => {
  testSummaries('postgresql', [
    ['SELECT * FROM "song list", "Public"."artists"', 'SELECT "song list" "Public"."artists"'],
    [
      'SELECT * FROM ONLY a, LATERAL (SELECT b FROM c) d, generate_series(1, 2) e, f',
      'SELECT a SELECT c generate_series f',
    ],
    ['INSERT INTO a (b) VALUES (1) ON CONFLICT (b) DO UPDATE SET c = 2, d = 3', 'INSERT a'],
    ['INSERT INTO a WITH b AS (SELECT c FROM d) SELECT e FROM b', 'INSERT a SELECT d SELECT'],
    ['WITH a AS MATERIALIZED (DELETE FROM b RETURNING *) INSERT INTO c SELECT * FROM a', 'DELETE b INSERT c SELECT'],
    ['DELETE FROM a USING b WHERE a.i = b.i', 'DELETE a b'],
    ['UPDATE a SET b = c FROM d', 'UPDATE a d'],
    ['COPY a (b) FROM STDIN', 'COPY a'],
    ['COPY (SELECT a FROM b) TO STDOUT', 'COPY SELECT b'],
    ['TRUNCATE a, "b"', 'TRUNCATE a "b"'],
    ['REFRESH MATERIALIZED VIEW CONCURRENTLY a', 'REFRESH VIEW a'],
    ['SELECT a::timestamp with time zone FROM b', 'SELECT b'],
    ['DECLARE a CURSOR FOR SELECT b FROM c', 'DECLARE SELECT c'],
    ['VALUES (1)', 'VALUES'],
    ['LISTEN a', 'LISTEN'],
  ]);
});

describe('MySQL', () => {
  testSummaries('mysql', [
    ['CALL a.b(1)', 'CALL a.b'],
    ['START TRANSACTION READ ONLY', 'START TRANSACTION'],
    ['SELECT * FROM `a`.`b` USE INDEX (c, d), e', 'SELECT `a`.`b` e'],
    ['SELECT * FROM "secret"', 'SELECT'],
    ['INSERT INTO a (b) VALUES (1) ON DUPLICATE KEY UPDATE b = VALUES(b), c = 2', 'INSERT a'],
    ['INSERT LOW_PRIORITY IGNORE a VALUES (1)', 'INSERT a'],
    ['SELECT INSERT(a, 1, 2, b), TRUNCATE(c, 1) FROM d', 'SELECT d'],
    ['REPLACE INTO a VALUES (1)', 'REPLACE a'],
    ['DELETE x, y FROM a x JOIN b y ON x.i = y.i', 'DELETE a b'],
    ['UPDATE a, b JOIN c ON b.i = c.i SET d = 1, e = 2', 'UPDATE a b c'],
    ["LOAD DATA INFILE 'a' INTO TABLE b", 'LOAD b'],
    ['SELECT a INTO @b FROM c', 'SELECT c'],
    ["SELECT a FROM b INTO OUTFILE 'c'", 'SELECT b'],
    ['SHOW TABLES FROM a', 'SHOW a'],
    ['USE a', 'USE a'],
  ]);
});

describe('SQLite', () => {
  testSummaries('sqlite', [
    ['INSERT OR REPLACE INTO a VALUES (1)', 'INSERT a'],
    ['UPDATE OR IGNORE a SET b = 1', 'UPDATE a'],
    ['PRAGMA main.journal_mode = WAL', 'PRAGMA main.journal_mode'],
    ['SELECT * FROM [song list]', 'SELECT [song list]'],
  ]);
});

describe('T-SQL', () => {
  testSummaries('tsql', [
    ['SELECT TOP (10) * FROM [a]..[b] x WITH (NOLOCK, INDEX(c)), d', 'SELECT [a]..[b] d'],
    ['SELECT a INTO #t FROM b CROSS APPLY f(b.c)', 'SELECT #t b f'],
    ['UPDATE TOP (10) a SET b = 1', 'UPDATE a'],
    ['DELETE a WHERE b = 1', 'DELETE a'],
    ['DELETE TOP (1) FROM a', 'DELETE a'],
    ['SET NOCOUNT ON DECLARE @a INT SELECT b FROM c EXEC dbo.d @a', 'SET SELECT c EXEC dbo.d'],
    ['EXEC @r = dbo.a @b = 1', 'EXEC dbo.a'],
    ["EXEC ('SELECT 1')", 'EXEC'],
    ['DECLARE @t TABLE (id INT)', 'DECLARE'],
    ['CREATE PROC a AS SELECT b FROM c', 'CREATE PROC a SELECT c'],
  ]);
});
