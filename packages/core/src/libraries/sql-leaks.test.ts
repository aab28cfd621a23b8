// Random statements with a mark in every literal and comment: it is never in the text or the summary. Nothing throws, and each character is
// read a bounded number of times.
import fc from 'fast-check';
import { countCharactersRead } from '../../test/count-characters-read.ts';
import { readSql, type SqlDialect } from './sql-text.ts';

const mark = 'zqx';
const digits = '918273';

/** What the content of a literal or a comment is made of: everything that ends or starts another one. */
const pieces = fc
  .array(
    fc.constantFrom(
      mark,
      "'",
      '"',
      '`',
      '\\',
      '--',
      '-- ',
      '/*',
      '*/',
      '#',
      ';',
      '$$',
      '$a$',
      '\n',
      '\r',
      '(',
      ')',
      '[',
      ']',
      '?',
      ' ',
      '\u{1f600}',
      'E',
      'TRUE',
    ),
    { maxLength: 6 },
  )
  .map((parts) => `${mark}${parts.join('')}`);

const number = fc.constantFrom(
  digits,
  `-${digits}`,
  `+${digits}`,
  `${digits}.5`,
  `.${digits}`,
  `1.${digits}e-10`,
  `0x${digits}`,
  `1_${digits}`,
);

const doubled = (content: string, quote: string): string =>
  `${quote}${content.replaceAll(quote, quote + quote)}${quote}`;
const escaped = (content: string, quote: string): string =>
  `${quote}${content.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`)}${quote}`;

/** PostgreSQL and SQL Server: comments nest, so every beginning has its end. */
const nestedComment = (content: string): string => `/* ${content.replaceAll(/\/\*|\*\/|\*|\//g, ' /* x */ ')} */`;
const flatComment = (content: string): string => `/* ${content.replaceAll('*/', '* /')} */`;
const lineComment = (content: string): string => `-- ${content.replaceAll(/[\r\n]/g, ' ')}\n`;

const oneOf = (...forms: ((content: string) => string)[]): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom(...forms), pieces).map(([form, content]) => form(content));

/** `dialect` and how the server is set up: what a literal looks like there, and a comment. */
const servers: Record<string, { dialect: SqlDialect; literal: fc.Arbitrary<string>; comment: fc.Arbitrary<string> }> = {
  PostgreSQL: {
    dialect: 'postgresql',
    literal: fc.oneof(
      number,
      oneOf(
        (content) => doubled(content, "'"),
        (content) => `N${doubled(content, "'")}`,
        (content) => `U&${doubled(content, "'")}`,
        (content) => `E${escaped(content, "'")}`,
        (content) => `e${doubled(content.replaceAll('\\', '\\\\'), "'")}`,
        (content) => `E'a'\n ${escaped(content, "'")}`,
        (content) => `$$${content.replaceAll('$', '')}$$`,
        (content) => `$tag$${content}$tag$`,
        (content) => `B'${digits}' || ${doubled(content, "'")}`,
      ),
    ),
    comment: oneOf(nestedComment, lineComment),
  },
  'PostgreSQL, standard_conforming_strings off': {
    dialect: 'postgresql',
    literal: oneOf((content) => escaped(content, "'")),
    comment: oneOf(nestedComment, lineComment),
  },
  MySQL: {
    dialect: 'mysql',
    literal: fc.oneof(
      number,
      oneOf(
        (content) => escaped(content, "'"),
        (content) => escaped(content, '"'),
        (content) => doubled(content.replaceAll('\\', '\\\\'), "'"),
        (content) => doubled(content.replaceAll('\\', '\\n'), '"'),
        (content) => `_utf8mb4${escaped(content, "'")}`,
        (content) => `N${escaped(content, "'")}`,
        (content) => `/*!40101 ${escaped(content.replaceAll('*/', ''), "'")} */`,
        (content) => `/*!40101 ${escaped(content, "'")} */`,
      ),
    ),
    comment: oneOf(flatComment, lineComment, (content) => `#${content.replaceAll('\n', ' ')}\n`),
  },
  'MySQL, NO_BACKSLASH_ESCAPES': {
    dialect: 'mysql',
    literal: oneOf(
      (content) => doubled(content, "'"),
      (content) => doubled(content, '"'),
    ),
    comment: oneOf(flatComment, lineComment, (content) => `#${content.replaceAll('\n', ' ')}\n`),
  },
  SQLite: {
    dialect: 'sqlite',
    literal: fc.oneof(
      number,
      oneOf((content) => doubled(content, "'")),
    ),
    comment: oneOf(flatComment, (content) => `--${content.replaceAll('\n', ' ')}\n`),
  },
  'SQL Server': {
    dialect: 'tsql',
    literal: fc.oneof(
      number,
      fc.constantFrom(`$${digits}`, `€${digits}`, `0x12\\\n${digits}`),
      oneOf(
        (content) => doubled(content, "'"),
        (content) => `N${doubled(content, "'")}`,
      ),
    ),
    comment: oneOf(nestedComment, (content) => `--${content.replaceAll('\n', ' ')}\r\n`),
  },
};

/** `§` is a literal, `~` is a comment or a space. */
const templates = [
  'SELECT §,~a~,§ FROM t ~WHERE b = § AND c IN (§,§,~§) ~',
  'SELECT § ~',
  'INSERT INTO t (a,~b) VALUES (§,§),(§,§)',
  'UPDATE t SET a=§,b=§~WHERE c>§',
  'WITH x AS (SELECT § FROM y) SELECT * FROM x~JOIN z ON §=§',
  'DELETE FROM t~WHERE a LIKE § OR b BETWEEN § AND §;~SELECT §',
  'CALL p(§,~§)',
];

const statementOf = ({ literal, comment }: (typeof servers)[string]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...templates),
      fc.array(literal, { minLength: 8, maxLength: 8 }),
      fc.array(fc.oneof(fc.constantFrom(' ', '\n'), comment), { minLength: 4, maxLength: 4 }),
    )
    .map(([template, literals, comments]) => {
      let literalCount = 0;
      let commentCount = 0;
      return template.replaceAll(/[§~]/g, (slot) =>
        slot === '§' ? (literals[literalCount++] ?? '1') : (comments[commentCount++] ?? ' '),
      );
    });

describe.each(Object.entries(servers))('%s', (_, server) => {
  const { dialect } = server;

  test('no literal and no comment is in the output', () => {
    fc.assert(
      fc.property(statementOf(server), (sql) => {
        const { text, summary } = readSql(sql, dialect);
        expect(sql).toMatch(/zqx|918273/);
        expect(`${text}\n${summary}`).not.toMatch(/zqx|918273/);
      }),
      { numRuns: 3000 },
    );
  });
});

describe.each(['PostgreSQL', 'MySQL', 'SQLite', 'SQL Server'])('%s', (name) => {
  const server = servers[name] as (typeof servers)[string];
  const { dialect } = server;

  test('nor where the statement is cut off', () => {
    fc.assert(
      fc.property(statementOf(server), fc.double({ min: 0, max: 1, noNaN: true }), (sql, share) => {
        const { text, summary } = readSql(sql.slice(0, Math.ceil(sql.length * share)), dialect);
        expect(`${text}\n${summary}`).not.toMatch(/zqx|9182/);
      }),
      { numRuns: 3000 },
    );
  });

  test('nor where it is too long', () => {
    fc.assert(
      fc.property(statementOf(server), fc.integer({ min: 0, max: 200 }), (sql, before) => {
        const long = `SELECT ${'a'.repeat(32_768 - 7 - before)},${sql.slice(6)}${sql}`;
        const { text, summary } = readSql(long, dialect);
        expect(`${text}\n${summary}`).not.toMatch(/zqx|9182/);
        expect(text.length).toBeLessThanOrEqual(32_769);
      }),
      { numRuns: 200 },
    );
  });

  test('the output of the output is the same', () => {
    // The replacement is no literal, and nothing that was removed held two tokens apart.
    fc.assert(
      fc.property(statementOf(server), (sql) => {
        const { text } = readSql(sql, dialect);
        expect(readSql(text, dialect).text).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  test('reads any string, without an exception', () => {
    const parts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      pieces,
      fc.constantFrom(...templates, '\ud800', '\0', '@', '$', '/*!', 'U&', 'COPY x FROM STDIN;'),
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 8 }), (strings) => {
        const sql = strings.join('');
        const { text, summary } = readSql(sql, dialect);
        expect(text.length).toBeLessThanOrEqual(sql.length + 8);
        expect(summary.length).toBeLessThanOrEqual(255);
      }),
      { numRuns: 2000 },
    );
  });

  test('reads each character a bounded number of times', () => {
    for (const make of Object.values(hostile)) {
      for (const length of [960, 3840, 15_360]) {
        const sql = make(length);
        const count = countCharactersRead(() => readSql(sql, dialect));
        expect(count).toBeLessThanOrEqual(40 * sql.length);
      }
    }
  });

  test('reads the beginning of a statement that is too long', () => {
    const count = countCharactersRead(() => readSql("'a',1,".repeat(500_000), dialect));
    expect(count).toBeLessThanOrEqual(40 * 32_768);
  });
});

const hostile: Record<string, (length: number) => string> = {
  quotes: (length) => "'".repeat(length),
  'double quotes': (length) => `SELECT ${'"'.repeat(length)}`,
  'strings with line breaks between': (length) => "'a'\n".repeat(length / 4),
  'line breaks after a string': (length) => `'a'${'\n'.repeat(length)}b`,
  'comments after a string': (length) => `'a'${'--x\n'.repeat(length / 4)}b`,
  backslashes: (length) => `'${'\\'.repeat(length)}`,
  'backslashes and quotes': (length) => "\\'".repeat(length / 2),
  parentheses: (length) => '('.repeat(length),
  'lists that open': (length) => 'IN ('.repeat(length / 4),
  'comments that open': (length) => '/*'.repeat(length / 2),
  'conditional comments that open': (length) => '/*!'.repeat(length / 3),
  'conditional comments with strings': (length) => "/*!'a'".repeat(length / 6),
  'dollar quotes': (length) => Array.from({ length: length / 6 }, (_, index) => `$a${index}$`).join(' '),
  dollars: (length) => '$'.repeat(length),
  money: (length) => '$ '.repeat(length / 2),
  signs: (length) => '-+'.repeat(length / 2),
  dots: (length) => 'a.'.repeat(length / 2),
  words: (length) => 'a '.repeat(length / 2),
  'one word': (length) => 'a'.repeat(length),
  'one number': (length) => '1'.repeat(length),
  spaces: (length) => `a${' '.repeat(length)}b`,
  'words and spaces': (length) => `a${' '.repeat(60)}`.repeat(length / 61),
  'common table expressions': (length) => `WITH ${'a AS (SELECT 1),'.repeat(length / 16)}`,
  targets: (length) => `SELECT 1 FROM ${'a,'.repeat(length / 2)}`,
  'dotted target': (length) => `SELECT 1 FROM ${'a.'.repeat(length / 2)}`,
  brackets: (length) => ']['.repeat(length / 2),
  'copied data': (length) => 'COPY a FROM STDIN;\n1'.repeat(length / 20),
};
