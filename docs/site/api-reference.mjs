// The API reference: TypeDoc reads the docstrings of each published entry and writes Markdown for VitePress.
// TypeDoc needs the compiler's JavaScript API, so it has a TypeScript in this folder; the repository's version has none.
import { writeFileSync } from 'node:fs';
import { Application } from 'typedoc';
import { apiEntries, root } from './pages.mjs';

/** @param {string} out Folder to write to. */
export async function writeApiReference(out) {
  const entries = apiEntries();
  const app = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    outputs: [{ name: 'markdown', path: out }],
    entryPoints: entries.map(({ source }) => `${root}/${source}`),
    tsconfig: `${root}/docs/site/tsconfig.json`,
    basePath: root,
    // `npm run types` has checked them.
    skipErrorChecking: true,
    readme: 'none',
    githubPages: false,
    // Links to sources need a public address of the repository.
    disableSources: true,
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    // Types that a page mentions and no entry exports are listed by `npm run api`.
    validation: { notExported: false, invalidLink: true, invalidPath: true, rewrittenLink: false },
    treatValidationWarningsAsErrors: true,
    logLevel: 'Warn',
    groupOrder: ['Functions', 'Classes', 'Interfaces', 'Type Aliases', 'Variables'],
    // One page for each entry.
    router: 'module',
    entryFileName: 'index',
    // Anchors beside those that VitePress makes of headings: the plugin counts some names twice.
    useHTMLAnchors: true,
    anchorPrefix: 'api-',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    expandObjects: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'list',
    // Pages are Vue templates, in which `<` and `{{` of a comment would be code.
    useHTMLEncodedBrackets: true,
    sanitizeComments: true,
  });
  const project = await app.convert();
  if (project === undefined) throw new Error('TypeDoc could not read the sources.');
  for (const module of project.children ?? []) {
    module.name = entries.find(({ source }) => source === `${module.name}/index.ts`)?.text ?? module.name;
  }
  app.validate(project);
  await app.generateOutputs(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error('TypeDoc reports the problems above.');
  // In place of TypeDoc's own first page, which has names only.
  writeFileSync(`${out}/index.md`, firstPage(entries, project.children ?? []));
}

/** The entries in the order of the sidebar, each with its `@packageDocumentation`. */
function firstPage(entries, modules) {
  const rows = entries.map(({ text, link }) => {
    const summary = modules.find(({ name }) => name === text)?.comment?.summary;
    if (summary === undefined) throw new Error(`${text} has no @packageDocumentation, which the page API shows.`);
    return `| [${text}](${link}.md) | ${summary
      .map((part) => part.text)
      .join('')
      .replaceAll('\n', ' ')} |`;
  });
  return `# API\n\n| Import | What it has |\n| --- | --- |\n${rows.join('\n')}\n`;
}
