// @ts-check
// pnpm calls this for each package that it packs (`pnpmfile` in pnpm-workspace.yaml). The public address of the repository is written in one
// place, `repository` of the root package.json; `homepage` stands next to it if there is a site. Without them packages have no address.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

/** @type {{ repository?: { url: string } | undefined, homepage?: string | undefined }} */
const { repository, homepage } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8'));

/**
 * @param {Record<string, unknown>} manifest As it is published.
 * @param {{ repository?: { url: string } | undefined, homepage?: string | undefined }} root
 */
function addAddress(manifest, root) {
  if (root.repository === undefined) return manifest;
  const directory = `packages/${String(manifest.name).replace(/^@waymark\//, '')}`;
  const page = root.repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
  return {
    ...manifest,
    homepage: root.homepage ?? `${page}/tree/main/${directory}`,
    bugs: { url: `${page}/issues` },
    repository: { type: 'git', url: root.repository.url, directory },
  };
}

module.exports = {
  addAddress,
  /** @satisfies {{ beforePacking: (manifest: Record<string, unknown>) => Record<string, unknown> }} */
  hooks: {
    beforePacking: (/** @type {Record<string, unknown>} */ manifest) => addAddress(manifest, { repository, homepage }),
  },
};
