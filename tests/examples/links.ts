// The links of a Markdown page, and the anchors that GitHub makes of its headings.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/**
 * @param page Relative to `root`.
 * @returns The links to a file or a heading that does not exist, as they are written.
 */
export function findDeadLinks(root: string, page: string): string[] {
  const text = withoutCode(readFileSync(join(root, page), 'utf8'));
  const links = [...text.matchAll(/\]\(([^)\s]*)\)/g), ...text.matchAll(/^\[[^\]]+\]: (\S+)$/gm)];
  return links.map(([, target = '']) => target).filter((target) => !isExternal(target) && !isAlive(root, page, target));
}

function isExternal(target: string): boolean {
  return /^(https?:|mailto:)/.test(target);
}

function isAlive(root: string, page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#', 2);
  const file = path === '' ? page : normalize(join(dirname(page), path));
  if (file.startsWith('..') || !existsSync(join(root, file))) return false;
  return anchor === undefined || anchorsOf(readFileSync(join(root, file), 'utf8')).has(anchor);
}

/** A second heading with the same words gets `-1`, a third one `-2`. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutCode(text).matchAll(/^#{1,6} (.+)$/gm)) {
    const anchor = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-');
    let count = 0;
    while (anchors.has(count === 0 ? anchor : `${anchor}-${count}`)) count++;
    anchors.add(count === 0 ? anchor : `${anchor}-${count}`);
  }
  return anchors;
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '');
}
