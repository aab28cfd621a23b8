// @ts-check
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { root } from './pages.mjs';

const shown = ['.js', '.mjs', '.cjs', '.ts', '.yaml', '.json'];

/**
 * An example as a page: what it shows, how to run it, and its files.
 *
 * @param {string} folder Path from the root.
 */
export function examplePage(folder) {
  const { name, description } = JSON.parse(readFileSync(`${root}/${folder}/package.json`, 'utf8'));
  const files = readdirSync(`${root}/${folder}`).filter((file) => shown.includes(extname(file)));
  // What the example does comes first; how it is installed comes last.
  files.sort(
    (one, other) => Number(one.endsWith('.json')) - Number(other.endsWith('.json')) || one.localeCompare(other),
  );
  const blocks = files.map((file) => {
    const language = extname(file)
      .slice(1)
      .replace(/^[mc]js$/, 'js');
    return `\`\`\`\`${language} [${file}]\n${readFileSync(`${root}/${folder}/${file}`, 'utf8').trimEnd()}\n\`\`\`\`\n`;
  });
  return `# ${folder}

${description ?? name}

In a copy of the folder: \`npm install && npm start\`.

${files.map((file, index) => `## ${file}\n\n${blocks[index]}`).join('\n')}`;
}
