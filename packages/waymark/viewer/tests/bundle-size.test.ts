import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const folder = join(__dirname, '../../dist/viewer');
const buildScript = readFileSync(join(__dirname, '../../scripts/build-viewer.mjs'), 'utf8');
// The build fails above the same number.
const maxGzipBytes = Number(/maxGzipBytes = ([\d_]+);/.exec(buildScript)?.[1]?.replaceAll('_', ''));

// Built by build-before-tests.mjs.
test('the files that the page can load have at most 110 kB of gzip', () => {
  const files = readdirSync(folder).filter((name) => !name.startsWith('share.'));
  const bytes = files.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name)), { level: 9 }).length, 0);
  expect(files).toEqual(expect.arrayContaining(['app.css', 'app.js', 'index.html', 'map-layout-worker.js']));
  expect(maxGzipBytes).toBe(110_000);
  expect(bytes).toBeLessThanOrEqual(maxGzipBytes);
});

test('the page has no inline script or style, and no address of another host', () => {
  const html = readFileSync(join(folder, 'index.html'), 'utf8');
  expect(html).not.toMatch(/<style|style=| on\w+=|<script(?![^>]* src="\/)|(src|href)="(?!\/[^/])/);
});
