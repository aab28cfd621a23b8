import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';
import { nameBreaks } from '../name-breaks.mjs';
import { apiEntries, root, sidebar } from '../pages.mjs';
import { repositoryLinks } from '../repository-links.mjs';

// The one place of the public address, which packages get theirs from as well. Without it, links to files are left out.
const { repository } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
const repositoryUrl = repository?.url.replace(/^git\+/, '').replace(/\.git$/, '');

export default defineConfig({
  title: 'Waymark',
  description: 'Distributed tracing for Node.js services on Express, Fastify and NestJS',
  srcDir: '.pages',
  // A path such as /waymark/ where the site is not at the root of its host.
  base: process.env.DOCS_BASE ?? '/',
  // Examples of addresses, such as that of the viewer. Links to pages that do not exist fail the build.
  ignoreDeadLinks: 'localhostLinks',
  head: [['link', { rel: 'icon', href: `${process.env.DOCS_BASE ?? '/'}favicon.svg` }]],
  // The index of the search is one large chunk, loaded by the first search.
  vite: { build: { chunkSizeWarningLimit: 2000 } },
  markdown: {
    anchor: { slugify: slugOf },
    config: (markdown) => {
      repositoryLinks(markdown, { repositoryUrl });
      nameBreaks(markdown);
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Getting started', link: '/getting-started' },
      { text: 'API', link: '/api/' },
    ],
    sidebar: [...sidebar(), { text: 'API', link: '/api/', collapsed: true, items: apiEntries() }],
    outline: { level: [2, 3] },
    ...(repositoryUrl && { socialLinks: [{ icon: 'github', link: repositoryUrl }] }),
  },
});

/**
 * GitHub's anchors, so that one link works there and here. VitePress would write others, for "`a.b`: c" for one.
 *
 * @param {string} heading
 */
function slugOf(heading) {
  return encodeURI(
    heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-'),
  );
}
