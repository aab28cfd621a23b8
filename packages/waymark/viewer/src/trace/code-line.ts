/** The line of code that a span names. */
import { toPlainText } from '../../../src/model/plain-value.ts';
import type { Attributes } from '../../../src/model/span.ts';

export interface CodeLine {
  /** `users.mjs:46`. */
  readonly short: string;
  /** `/app/users.mjs:46:30`, as editors open it. */
  readonly place: string;
  readonly functionName: string | undefined;
}

/** `undefined` if the span names no file. Reads the names of earlier conventions too. */
export function codeLineOf(attributes: Attributes): CodeLine | undefined {
  const path = textOf(attributes, 'code.file.path', 'code.filepath');
  if (path === undefined) return undefined;
  const line = textOf(attributes, 'code.line.number', 'code.lineno');
  const column = line === undefined ? undefined : textOf(attributes, 'code.column.number', 'code.column');
  const file = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  return {
    short: join(file, line),
    place: join(path, line, column),
    functionName: textOf(attributes, 'code.function.name', 'code.function'),
  };
}

function join(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(':');
}

function textOf(attributes: Attributes, ...keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const text = toPlainText(attributes[key] ?? null);
    if (Object.hasOwn(attributes, key) && text !== '') return text;
  }
  return undefined;
}
