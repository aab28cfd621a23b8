/** Removes the values of fields with the name of a secret. */
import { type Removing, replacement } from './secret-kinds.ts';
import { isSecretField } from './secret-names.ts';

const fieldNames =
  /(?<![\w.-])(-{0,2})([A-Za-z_][\w.-]{0,150})(?:(\\?["']?\s{0,3}(?:=>|:=|=|:)\s{0,3})|(\s{1,3})(?<=--[\w.-]+\s{1,3}))/g;
const fieldValue = /\\"[^"\\]*(?:\\"|$)|"(?:[^"\\]|\\.)*(?:"|$)|'(?:[^'\\]|\\.)*(?:'|$)|[^\s,;&"'`<>(){}[\]\\|]+/y;
const restOfLine = /[^\r\n"'`\\]+/y;

/** Fields with the name of a secret: `password=…`, `"apiKey": "…"`, `Server=db;User Id=sa;Password=…`, `--token …`. */
export function removeNamedSecrets(text: string, removing: Removing): string {
  if (!/[=:]|--/.test(text)) return text;
  let kept = '';
  let copied = 0;
  let hasPassword = false;
  fieldNames.lastIndex = 0;
  for (let name = fieldNames.exec(text); name !== null; name = fieldNames.exec(text)) {
    const [, , word = '', separator = name[4] ?? ''] = name;
    if (!isSecretField(word)) continue;
    const isFolder = /^(?:old)?pwd$/i.test(word) && text.charAt(fieldNames.lastIndex) === '/'; // the shell variable PWD
    if (isFolder) continue;
    const start = fieldNames.lastIndex;
    const pattern = /authorization$/i.test(word) ? restOfLine : fieldValue;
    pattern.lastIndex = start;
    const value = pattern.exec(text)?.[0];
    if (value === undefined || !isSecretValue(value, separator, text.charAt(start + value.length))) continue;
    hasPassword ||= /pass|pwd/i.test(word);
    if (!removing('named-secret')) continue;
    const quote = /^\\?["']/.exec(value)?.[0] ?? '';
    kept += text.slice(copied, start) + quote + replacement + quote;
    copied = start + value.length;
    fieldNames.lastIndex = copied;
  }
  kept += text.slice(copied);
  if (!hasPassword) return kept;
  // The user name in a connection string, next to the password.
  return kept.replace(
    /\b((?:user\s?id|uid|user\s?name|user|login)\s?=\s?)([^\s;,&"']+)/gi,
    (whole, name: string, value: string) =>
      value === replacement || !removing('named-secret') ? whole : name + replacement,
  );
}

/** Not so in prose such as `invalid token: unexpected end`, where words follow. */
function isSecretValue(value: string, separator: string, next: string): boolean {
  const bare = value.replace(/^\\?["']|\\?["']$/g, '');
  if (bare === '' || bare.includes(replacement) || bare === '?' || /^(?:null|undefined|true|false|\*+|…)$/.test(bare)) {
    return false;
  }
  if (/^(?:\$\{|%\w+%$)/.test(bare)) return false; // a variable
  if (bare !== value || separator.includes('=')) return true;
  return !/^[A-Z]?[a-z'’-]+[.!]?$/.test(bare) || next === '' || /[,;}\])\r\n]/.test(next);
}
