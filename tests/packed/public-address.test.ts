import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addAddress, hooks } from '../../scripts/public-address.cjs';

const packed = { name: '@waymark/core', version: '1.0.0' };

test('adds the address of the root package.json to each package, with the folder of the package', () => {
  const repository = { url: 'git+https://git.example/waymark.git' };
  expect(addAddress(packed, { repository })).toEqual({
    ...packed,
    homepage: 'https://git.example/waymark/tree/main/packages/core',
    bugs: { url: 'https://git.example/waymark/issues' },
    repository: { type: 'git', url: 'git+https://git.example/waymark.git', directory: 'packages/core' },
  });
  expect(addAddress({ name: 'waymark' }, { repository, homepage: 'https://waymark.example' })).toMatchObject({
    homepage: 'https://waymark.example',
    repository: { directory: 'packages/waymark' },
  });
});

test('adds nothing while there is no public address', () => {
  expect(addAddress(packed, {})).toBe(packed);
});

test('is what pnpm calls, and no package names an address by itself', () => {
  const root = join(__dirname, '../..');
  const workspace = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8');
  expect(workspace).toMatch(/^pnpmfile: scripts\/public-address\.cjs$/m);
  const { repository, homepage } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(hooks.beforePacking(packed)).toEqual(addAddress(packed, { repository, homepage }));
  const manifests = execFileSync('git', ['ls-files', 'packages/*/package.json'], { cwd: root, encoding: 'utf8' });
  for (const file of manifests.trim().split('\n')) {
    const names = Object.keys(JSON.parse(readFileSync(join(root, file), 'utf8')));
    expect(names.filter((name) => ['repository', 'homepage', 'bugs'].includes(name))).toEqual([]);
  }
});
