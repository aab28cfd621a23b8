import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

const source = join(__dirname, '../src');
/** Paths from `source`, with forward slashes on each system. */
const sheets = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.css'))
  .map((file) => file.replaceAll('\\', '/'));

/** Lists the sheet and its imports, from first to last. */
function listImported(sheet: string): string[] {
  const imports = readFileSync(join(source, sheet), 'utf8').matchAll(/@import "([^"]+)";/g);
  const imported = Array.from(imports, ([, path = '']) => posix.join(posix.dirname(sheet), path));
  return [sheet, ...imported.flatMap(listImported)];
}

test('every style sheet is in the viewer, once', () => {
  expect(listImported('styles/app.css').sort()).toEqual(sheets.filter((sheet) => sheet !== 'share/share.css').sort());
});

test('the page of a shared file has the sheets in the same order as the viewer', () => {
  const inShare = listImported('share/share.css').slice(1);
  expect(inShare).toEqual(listImported('styles/app.css').filter((sheet) => inShare.includes(sheet)));
});

test('a style sheet outside of styles/ is named for the module next to it', () => {
  const others = sheets.filter((sheet) => !sheet.startsWith('styles/'));
  const hasModule = (sheet: string) =>
    ['ts', 'tsx'].some((extension) => existsSync(join(source, sheet.replace(/css$/, extension))));
  expect(others.filter((sheet) => !hasModule(sheet))).toEqual([]);
});
