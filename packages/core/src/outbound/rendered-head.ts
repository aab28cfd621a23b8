/**
 * Reads and changes the head of a request in its string form: lines of `name: value`, each ending in CRLF. `node:http` renders it early
 * for array headers and for `Expect`, and undici 5 keeps its headers in this form.
 */

/** The values of a field. Case of the name is ignored. */
export function fieldsIn(head: string, name: string): string[] {
  const values: string[] = [];
  for (const line of head.split('\r\n')) {
    if (isField(line, name)) values.push(line.slice(name.length + 1).replace(/^[ \t]+|[ \t]+$/g, ''));
  }
  return values;
}

/** The names of all fields, in lower case. */
export function fieldNamesIn(head: string): string[] {
  return head.split('\r\n').flatMap((line) => /^([^\s:]+):/.exec(line)?.[1]?.toLowerCase() ?? []);
}

/** The head without the field. */
export function withoutField(head: string, name: string): string {
  return head
    .split('\r\n')
    .filter((line) => !isField(line, name))
    .join('\r\n');
}

/** The head with one more field, before the empty line if the head ends with one. */
export function withField(head: string, name: string, value: string): string {
  const end = head.endsWith('\r\n\r\n') ? head.length - 2 : head.length;
  return `${head.slice(0, end)}${name}: ${value}\r\n${head.slice(end)}`;
}

function isField(line: string, name: string): boolean {
  return line.charCodeAt(name.length) === colon && line.slice(0, name.length).toLowerCase() === name;
}

const colon = 58;
