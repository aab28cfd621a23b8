// docs/security.md names what is redacted and what is refused: both are so.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultUrlRedaction } from '../urls/url-redaction.ts';
import { compileCaptureHeaders } from './captured-headers.ts';

const page = readFileSync(join(__dirname, '../../../../docs/security.md'), 'utf8');

/** The words in backticks between two strings of the page. */
function namesBetween(start: string, end: string): readonly string[] {
  const from = page.indexOf(start);
  const names = [...page.slice(from, page.indexOf(end, from)).matchAll(/`([\w-]+)`/g)].map(([, name]) => name ?? '');
  if (names.length < 5) throw new Error(`The page has no list between "${start}" and "${end}".`);
  return names;
}

test.each([
  ...namesBetween('those of the conventions', '- in any case'),
  ...namesBetween('`user.password`:', '`redactQuery:'),
])('the value of %s is redacted', (name) => {
  expect(defaultUrlRedaction.query(`${name}=s3cret`)).toBe(`${name}=REDACTED`);
});

test.each(namesBetween('an error at set-up', 'and similar names'))('to capture %s is refused', (name) => {
  expect(() => compileCaptureHeaders({ request: [name] }, defaultUrlRedaction)).toThrow('carry credentials');
});
