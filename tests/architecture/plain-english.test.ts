// What a person reads here is read once. These words make a sentence that is read twice; CONTRIBUTING.md says what to write instead.
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { readProse } from './read-prose.ts';

const root = join(__dirname, '../..');
const folders = ['packages', 'examples', 'tests', 'benchmarks', 'scripts', 'docs', '.ci'];
const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'jest.config.ts'];
const extensions = ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.css', '.md'];

/** The word, and what it usually stands for. */
const refused: readonly (readonly [RegExp, string])[] = [
  [/\b(?:some|no|every)body\b|\bwho(?:m|ever)\b/i, 'name the subject: the caller, the queue, the user'],
  [/\b(?:is|are|was|were|be|been|being) told\b|\btold of\b|\btells? of\b/i, 'is reported, receives, mentions'],
  [/\bgo(?:es)? by (?:the|its|their|what|how|this|that)\b/i, 'depends on, uses'],
  [/\bas above\b|\bsee (?:above|below)\b|\bthe next line\b|\bthe line (?:above|below)\b/i, 'lines move: say it here'],
  [/\bfor ever\b/i, 'forever, without end'],
  [/\bwhat is no\b/i, 'other, anything but'],
  [/\b(?:no notice of|heeds?|heeded)\b/i, 'ignores, uses'],
];

describe('plain English', () => {
  const files = [
    ...folders.flatMap((folder) => [...filesBelow(join(root, folder))]),
    ...pages.map((page) => join(root, page)),
  ];

  test('the files have been read', () => {
    expect(files.length).toBeGreaterThan(500);
  });

  test('no comment, message or page has a word that makes it read twice', () => {
    const found = files
      .filter((file) => file !== __filename)
      .flatMap((file) =>
        readProse(file, readFileSync(file, 'utf8')).flatMap(({ line, text }) =>
          refused.flatMap(([words, instead]) => {
            const word = words.exec(text)?.[0];
            return word === undefined ? [] : [`${file.slice(root.length + 1)}:${line} "${word}" (${instead})`];
          }),
        ),
      );
    expect(found).toEqual([]);
  });
});

describe('reading prose', () => {
  test('finds comments and sentences, and leaves out code, names and regular expressions', () => {
    const source = [
      "const a = 'somebody';",
      "const b = 'the words of somebody'; // a comment",
      '/* a block',
      ' * of two lines, and `code` */',
      "const c = /'somebody' is told/;",
    ].join('\n');
    expect(readProse('a.ts', source)).toEqual([
      { line: 2, text: "'the words of somebody'" },
      { line: 2, text: '// a comment' },
      { line: 3, text: '/* a block' },
      { line: 4, text: ' * of two lines, and `` */' },
    ]);
    expect(readProse('a.md', 'Text `code`\n```js\nsomebody\n```\nmore')).toEqual([
      { line: 1, text: 'Text ``' },
      { line: 5, text: 'more' },
    ]);
  });
});

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (['node_modules', 'dist', 'fixtures', '.cache'].includes(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (extensions.includes(extname(entry.name)) && !entry.name.endsWith('CHANGELOG.md')) yield path;
  }
}
