// `npm run api [-- --check]`: writes the public surface of each published entry to packages/*/api/*.api.md, or compares it with those
// files. A change of the surface is then a change of a file, which a reviewer sees.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { installTools } from '../install-tools.mjs';
import { buildPackages, installDependencies, packageFolders, root } from '../setup.mjs';

installDependencies();
buildPackages();
installTools('scripts/api');
// Loaded here, since it is installed only now.
const { Extractor, ExtractorConfig } = await import('@microsoft/api-extractor');

const isCheck = process.argv.includes('--check');
const temporary = mkdtempSync(join(tmpdir(), 'waymark-api-'));
const differing = [];
/** Public names and members without a docstring, as `file:line name`. Entries of one package share many. */
const undocumented = new Set();
/** Types that public declarations use and no entry of their package exports: users cannot name them. */
const unnamed = new Set();
try {
  for (const folder of packageFolders()) {
    const reports = reportPackage(folder);
    differing.push(...(isCheck ? differencesFrom(`${folder}/api`, reports) : write(`${folder}/api`, reports)));
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
conclude();

/** @returns {Map<string, string>} Reports by file name. */
function reportPackage(folder) {
  const { publishConfig } = JSON.parse(readFileSync(`${root}/${folder}/package.json`, 'utf8'));
  const reports = new Map();
  const used = new Map();
  for (const [subpath, { types }] of Object.entries(publishConfig.exports)) {
    if (types === undefined) continue;
    const name = `${subpath === '.' ? 'index' : subpath.slice('./'.length)}.api.md`;
    reports.set(name, reportEntry(folder, `${root}/${folder}/${types}`, name, used));
  }
  for (const report of reports.values()) for (const name of exportedNames(report)) used.delete(name);
  for (const place of used.values()) unnamed.add(place);
  return reports;
}

/** @param used Gets the types that the entry uses and does not export, by name. */
function reportEntry(folder, types, reportFileName, used) {
  const none = { logLevel: 'none' };
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: `${root}/${folder}/package.json`,
    configObject: {
      projectFolder: `${root}/${folder}`,
      mainEntryPointFilePath: types,
      newlineKind: 'lf',
      compiler: {
        // As in a user's strict project: without the condition that leads to our sources.
        overrideTsconfig: {
          compilerOptions: {
            target: 'es2023',
            lib: ['es2023', 'esnext.disposable'],
            module: 'nodenext',
            strict: true,
            exactOptionalPropertyTypes: true,
            skipLibCheck: true,
            types: ['node'],
            typeRoots: [`${root}/node_modules/@types`],
          },
          files: [types],
        },
      },
      apiReport: { enabled: true, reportFileName, reportFolder: temporary, reportTempFolder: join(temporary, 'new') },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: 'error' } },
        extractorMessageReporting: {
          default: { logLevel: 'error' },
          // Every export is public, unless `@internal` says that only our own packages use it.
          'ae-missing-release-tag': none,
          'ae-internal-missing-underscore': none,
          // Collected below, for the package as a whole: many types of `@waymark/core/http` are exported by `@waymark/core`.
          'ae-forgotten-export': { logLevel: 'warning' },
          // TypeScript's names, `{@link flush}` of a method near by. TypeDoc reads the same links and knows these.
          'ae-unresolved-link': none,
          'ae-undocumented': { logLevel: 'warning' },
        },
        // Docstrings are JSDoc as editors show it: `@param name Words`, without the hyphen and the escapes of TSDoc.
        tsdocMessageReporting: { default: none },
      },
    },
  });
  const { succeeded } = Extractor.invoke(config, {
    localBuild: true,
    messageCallback(message) {
      if (message.messageId === 'ae-undocumented') undocumented.add(placeOf(message));
      if (message.messageId === 'ae-forgotten-export' && isType(symbolOf(message)))
        used.set(symbolOf(message), placeOf(message));
      message.handled = message.logLevel !== 'error';
    },
  });
  if (!succeeded) throw new Error(`API Extractor reports errors in ${relative(root, types)}.`);
  return readFileSync(join(temporary, reportFileName), 'utf8');
}

/** Types begin with a capital letter. A constant that is only used as `typeof` needs no name outside. */
function isType(name) {
  return /^[A-Z]/.test(name);
}

function exportedNames(report) {
  const declaration = /^export (?:abstract )?(?:class|const|enum|function|interface|let|namespace|type) (\w+)/gm;
  return [...report.matchAll(declaration)].map(([, name]) => name);
}

/** API Extractor reads declarations; what they lack is to be added to the sources that they come from. */
function placeOf(message) {
  const { sourceFilePath = '' } = message;
  const source = relative(root, sourceFilePath)
    .replaceAll('\\', '/')
    .replace('/dist/', '/src/')
    .replace(/\.d\.ts$/, '.ts');
  return `${source}: ${symbolOf(message)}`;
}

/** Messages name what they are about in quotation marks. */
function symbolOf({ text }) {
  return /"(.*?)"/.exec(text)?.[1] ?? text;
}

/** @returns {string[]} Files that differ from the reports, are missing, or belong to no entry. */
function differencesFrom(folder, reports) {
  const committed = existsSync(`${root}/${folder}`) ? readdirSync(`${root}/${folder}`) : [];
  const superfluous = committed.filter((name) => !reports.has(name));
  const changed = [...reports].flatMap(([name, report]) =>
    committed.includes(name) && readFileSync(`${root}/${folder}/${name}`, 'utf8') === report ? [] : [name],
  );
  return [...superfluous, ...changed].map((name) => `${folder}/${name}`);
}

function write(folder, reports) {
  rmSync(`${root}/${folder}`, { recursive: true, force: true });
  mkdirSync(`${root}/${folder}`);
  for (const [name, report] of reports) writeFileSync(`${root}/${folder}/${name}`, report);
  return [];
}

function conclude() {
  const list = (lines) =>
    [...lines]
      .sort()
      .map((line) => `  ${line}\n`)
      .join('');
  if (undocumented.size > 0) {
    console.error(
      `${undocumented.size} public names have no docstring. Write it in the source:\n${list(undocumented)}`,
    );
    process.exitCode = 1;
  }
  if (unnamed.size > 0) {
    console.error(
      `${unnamed.size} types are used by public declarations, and no entry exports them. Export each from an entry of its package, ` +
        `or use it in no public declaration:\n${list(unnamed)}`,
    );
    process.exitCode = 1;
  }
  if (differing.length > 0) {
    console.error(
      `The public surface differs from the reports in the repository:\n${list(differing)}` +
        'If the change is meant, run `npm run api` and commit the reports with a changeset. Otherwise restore the declarations.',
    );
    process.exitCode = 1;
  }
}
