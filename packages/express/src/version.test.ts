import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { version } from './version.ts';

test("is package.json's", () => {
  const packageJson: unknown = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8'));
  expect(packageJson).toMatchObject({ name: '@waymark/express', version });
});
