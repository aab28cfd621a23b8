// `npm run docs [-- --serve]`: builds the docs site into docs/site/.vitepress/dist, or serves it and follows changes of the pages.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installTools } from '../../scripts/install-tools.mjs';
import { installDependencies } from '../../scripts/setup.mjs';
import { examplePage } from './example-page.mjs';
import { exampleFolders, pageFiles, pageOf, pictureFiles, root } from './pages.mjs';

const site = `${root}/docs/site`;
const pages = `${site}/.pages`;

installDependencies();
installTools('docs/site');
// Loaded here, since they are installed only now.
const [{ build, createServer }, { writeApiReference }, { checkLinks }] = await Promise.all([
  import('vitepress'),
  import('./api-reference.mjs'),
  import('./check-links.mjs'),
]);

rmSync(pages, { recursive: true, force: true });
for (const file of pageFiles()) copy(file);
for (const folder of exampleFolders()) write(pageOf(folder), examplePage(folder));
for (const file of pictureFiles()) {
  cpSync(`${root}/${file}`, `${pages}/public/${file.slice('docs/'.length)}`);
}
cpSync(`${root}/packages/waymark/viewer/favicon.svg`, `${pages}/public/favicon.svg`);

try {
  await writeApiReference(`${pages}/api`);
  if (process.argv.includes('--serve')) await serve();
  else {
    await build(site);
    checkLinks(`${site}/.vitepress/dist`);
  }
} catch (error) {
  // The stacks are those of the tools. What is wrong is in a page, or in a docstring.
  console.error(error.message);
  process.exitCode = 1;
}

async function serve() {
  // Folders, since many editors replace a file in place of writing to it.
  for (const folder of new Set(pageFiles().map((file) => dirname(file)))) {
    watch(`${root}/${folder}`, (_event, name) => {
      const file = join(folder, name ?? '').replaceAll('\\', '/');
      if (pageFiles().includes(file) && existsSync(`${root}/${file}`)) copy(file);
    });
  }
  const server = await createServer(site);
  await server.listen();
  server.printUrls();
}

function copy(file) {
  write(pageOf(file), readFileSync(`${root}/${file}`, 'utf8'));
}

function write(page, content) {
  mkdirSync(dirname(`${pages}/${page}`), { recursive: true });
  writeFileSync(`${pages}/${page}`, content);
}
