// @ts-check
// VitePress refuses links to pages that do not exist. It does not look at anchors, nor at pictures: this does, in what was built.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** @param {string} folder The built site. Throws if a link within it leads nowhere. */
export function checkLinks(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'));
  const pages = new Map(
    files.filter((file) => file.endsWith('.html')).map((file) => [file, readFileSync(`${folder}/${file}`, 'utf8')]),
  );
  const anchors = new Map([...pages].map(([file, html]) => [file, valuesOf(html, 'id')]));
  const dead = [];
  for (const [file, html] of pages) {
    for (const link of [...valuesOf(html, 'href'), ...valuesOf(html, 'src')]) {
      if (!leadsSomewhere(file, link)) dead.push(`${file}: ${link}`);
    }
  }
  if (dead.length > 0) throw new Error(`Links that lead nowhere:\n${dead.map((line) => `  ${line}`).join('\n')}`);
  console.log(`${pages.size} pages, no dead link`);

  /** @param {string} from @param {string} link */
  function leadsSomewhere(from, link) {
    if (/^[a-z]+:|^\/\//i.test(link)) return true;
    const [path = '', anchor = ''] = link.split('#');
    const file = path === '' ? from : posix.join(path.startsWith('/') ? '.' : posix.dirname(from), decodeURI(path));
    const page = [file, `${file}.html`, posix.join(file, 'index.html')].find((name) => anchors.has(name));
    if (page === undefined) return existsSync(`${folder}/${file}`) && anchor === '';
    return anchor === '' || anchors.get(page)?.has(decodeURI(anchor)) === true;
  }
}

/** @param {string} html @param {string} attribute */
function valuesOf(html, attribute) {
  return new Set([...html.matchAll(new RegExp(` ${attribute}="([^"]*)"`, 'g'))].map(([, value = '']) => value));
}
