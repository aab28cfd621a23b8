// @ts-check
// Leaves in the `.d.ts` files of a package what its entries lead to. tsc writes all exports of a module, also those that only other
// modules of the package use: a fifth of the declarations, and names that editors would offer to users.
//
// Bundlers of declarations need the parser of TypeScript 6 or earlier. tsc's output is regular enough without one: each statement starts
// in the first column, and what is inside it is indented.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * A statement, with the comment before it. An import or export of names has `from` and `names`, a declaration has `declares`, and
 * `declare module` and `declare global` have neither.
 *
 * @typedef {{ text: string, code: string, isReached: boolean, declares?: string, from?: string, names?: Name[] }} Statement
 * @typedef {{ text: string, imported: string, local: string }} Name
 */

/** @param {readonly string[]} entries Paths of the entries' declarations. */
export function pruneDeclarations(entries) {
  /** @type {Map<string, Statement[]>} */
  const files = new Map();
  /** @type {Set<string>} */
  const reached = new Set();

  for (const entry of entries.map((path) => resolve(path))) {
    for (const { code, declares, names } of statementsOf(entry)) {
      if (!code.startsWith('export')) continue;
      for (const name of declares === undefined ? (names ?? []).map(({ local }) => local) : [declares])
        reach(entry, name);
    }
  }
  for (const name of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
    const file = resolve(join('dist', name));
    if (file.endsWith('.d.ts')) writeReached(file, files.get(file) ?? []);
  }

  /** @param {string} file @param {string} name */
  function reach(file, name) {
    for (const statement of statementsOf(file)) {
      const found = statement.names?.find(({ local }) => local === name);
      if (found === undefined && statement.declares !== name) continue;
      if (reached.has(`${file} ${name}`) && statement.isReached) continue;
      reached.add(`${file} ${name}`);
      statement.isReached = true;
      if (found === undefined) reachMentioned(file, statement);
      else if (statement.from?.startsWith('.')) reach(fileOf(file, statement.from), found.imported);
    }
  }

  /**
   * Every word of the declaration counts as a use, so a name too many may be kept, and none is lost.
   *
   * @param {string} file @param {Statement} statement
   */
  function reachMentioned(file, { code }) {
    for (const [, from = '', name = ''] of code.matchAll(/import\(['"](\.[^'"]+)['"]\)\.(\w+)/g)) {
      reach(fileOf(file, from), name);
    }
    for (const word of new Set(code.match(/[\w$]+/g))) reach(file, word);
  }

  /** @param {string} file */
  function statementsOf(file) {
    const known = files.get(file);
    if (known !== undefined) return known;
    const statements = readStatements(file);
    files.set(file, statements);
    for (const statement of statements) {
      if (!isAugmentation(statement)) continue;
      statement.isReached = true;
      reachMentioned(file, statement);
    }
    return statements;
  }

  /** @param {string} file @param {readonly Statement[]} statements */
  function writeReached(file, statements) {
    const kept = statements.filter(({ isReached }) => isReached);
    if (kept.length === 0) return rmSync(file);
    const texts = kept.map(({ text, from, names }) => {
      const used = names?.filter(({ local }) => reached.has(`${file} ${local}`)).map((name) => name.text);
      if (used === undefined || used.length === names?.length) return text;
      return `${text.slice(0, text.indexOf('{'))}{ ${used.join(', ')} } from '${from}';`;
    });
    writeFileSync(file, `${texts.map((text) => text.trim()).join('\n')}\n`);
  }
}

const comment = /(?:\/\*(?:[^*]|\*(?!\/))*\*\/\n)/;
const start = /(?:export|import|declare|abstract|interface|type|class|function|const|let|enum) /;

/**
 * @param {string} file
 * @returns {Statement[]}
 */
function readStatements(file) {
  /** @type {Statement[]} */
  const statements = [];
  // A comment in the first column is a statement's, unless it is followed by the rest of a union.
  const statement = new RegExp(
    `(${comment.source})?^(${start.source}(?:.*\\n)(?:(?!(?:${comment.source})?${start.source}).*\\n)*)`,
    'gm',
  );
  for (const [text, , code = ''] of readFileSync(file, 'utf8').matchAll(statement)) {
    if (code.trim() === 'export {};') continue;
    const bare = code.replace(/\/\*[\s\S]*?\*\//g, '').trim();
    const listed = /^(?:import|export) (?:type )?\{([^}]*)\} from ['"]([^'"]+)['"];$/.exec(bare);
    const all = /^export type \* from ['"]([^'"]+)['"];$/.exec(bare)?.[1];
    const declares =
      /^(?:export )?(?:declare )?(?:abstract )?(?:interface|type|class|function|const|let|enum) (\w+)/.exec(bare)?.[1];
    if (listed !== null) {
      const [, names = '', from = ''] = listed;
      statements.push({ text: bare, code: bare, isReached: false, from, names: readNames(names) });
    } else if (all !== undefined) {
      const names = readStatements(fileOf(file, all))
        .filter(({ code: exported }) => exported.startsWith('export'))
        .flatMap((exported) => exported.names?.map(({ local }) => local) ?? [exported.declares])
        .join(', ');
      const text = `export type { ${names} } from '${all}';`;
      statements.push({ text, code: text, isReached: false, from: all, names: readNames(names) });
    } else if (declares !== undefined) statements.push({ text, code: bare, isReached: false, declares });
    else if (isAugmentation({ code: bare })) statements.push({ text, code: bare, isReached: false });
    else throw new Error(`${file} has a statement that scripts/prune-declarations.mjs does not know:\n${code}`);
  }
  return statements;
}

/**
 * @param {string} list
 * @returns {Name[]}
 */
function readNames(list) {
  return list
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => {
      const [imported = '', local = imported] = text.replace(/^type /, '').split(' as ');
      return { text, imported, local };
    });
}

/** @param {{ code: string }} statement */
function isAugmentation({ code }) {
  return /^declare (?:global|module)\b/.test(code);
}

/** @param {string} importer @param {string} specifier */
function fileOf(importer, specifier) {
  return resolve(dirname(importer), specifier.replace(/\.[jt]s$/, '.d.ts'));
}
