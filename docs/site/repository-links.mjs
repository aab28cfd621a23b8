// @ts-check
// Links in our pages are paths in the repository, so that they work where the files are read. Here they become links of the site.
import { existsSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { exampleFolders, linkTo, pageFiles, pageOf, pictureFiles, root } from './pages.mjs';

/**
 * A plugin of markdown-it. A link to a file that is not a page goes to the repository; while the repository has no public address, only its
 * text stays.
 *
 * @param {any} markdown An instance of markdown-it, which has no types here.
 * @param {{ repositoryUrl: string | undefined }} options
 */
export function repositoryLinks(markdown, { repositoryUrl }) {
  const linked = new Set([...pageFiles(), ...exampleFolders()]);
  const sources = new Map([...pageFiles().map((file) => [pageOf(file), file])]);
  const pictures = new Set(pictureFiles());

  markdown.core.ruler.push('repository-links', (/** @type {any} */ { tokens, env }) => {
    const source = sources.get(env.relativePath);
    if (source === undefined) return;
    for (const { children } of tokens) {
      let removed = 0;
      for (const token of children ?? []) {
        if (token.type === 'image') token.attrSet('src', pictureAt(source, token.attrGet('src')));
        if (token.type === 'link_close' && removed > 0) {
          removed--;
          Object.assign(token, { type: 'text', tag: '', content: '' });
        }
        if (token.type !== 'link_open') continue;
        const target = linkAt(source, token.attrGet('href'));
        if (target !== undefined) token.attrSet('href', target);
        else {
          removed++;
          Object.assign(token, { type: 'text', tag: '', content: '' });
        }
      }
    }
  });

  /** @param {string} source @param {string} href @returns {string | undefined} */
  function linkAt(source, href) {
    if (/^([a-z]+:|#|\/)/i.test(href)) return href;
    const [path = '', anchor] = href.split('#');
    const file = posix.join(posix.dirname(source), decodeURI(path)).replace(/\/$/, '');
    if (!existsSync(`${root}/${file}`)) throw new Error(`${source} links to ${href}, which does not exist.`);
    if (linked.has(file)) return linkTo(file) + (anchor === undefined ? '' : `#${anchor}`);
    if (file === 'examples') return linkTo(exampleFolders()[0] ?? '');
    const kind = statSync(`${root}/${file}`).isDirectory() ? 'tree' : 'blob';
    return repositoryUrl === undefined
      ? undefined
      : `${repositoryUrl}/${kind}/main/${file}${anchor ? `#${anchor}` : ''}`;
  }

  /** @param {string} source @param {string} src */
  function pictureAt(source, src) {
    const file = posix.join(posix.dirname(source), src);
    if (!pictures.has(file)) throw new Error(`${source} shows ${src}, which is no picture in docs/.`);
    return `/${file.slice('docs/'.length)}`;
  }
}
