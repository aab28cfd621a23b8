/** Settings whose values have names: `otlp,console` in a variable, `['otlp', own]` in code, by one table. */
import { nearestName } from './nearest-name.ts';
import { type Form, Unreadable, type Variable } from './setting.ts';

/**
 * A list of values that have names. In code one value may stand without its list. `none` alone stands for an empty list.
 *
 * @param values What each name stands for.
 * @param own A value that the application has made itself: how to recognize it, and how messages name it.
 */
export function namedList<Value>(
  values: Readonly<Record<string, Value>>,
  own: { readonly is: (value: unknown) => value is Value; readonly description: string },
): Form<readonly Value[]> {
  const names = Object.keys(values);
  const listed = `a list of ${names.join(', ')}, or none`;

  function readList(text: string, variable: Variable): readonly Value[] | Unreadable {
    const given = splitNames(text);
    if (given.length === 1 && given[0] === 'none') return [];
    const missing = given.filter((name) => !Object.hasOwn(values, name));
    const found = given.flatMap((name) => (Object.hasOwn(values, name) ? [values[name] as Value] : []));
    if (found.length === 0) return new Unreadable(`${listed}; nothing else is available`, meant(missing, names));
    if (missing.length > 0) {
      const hint = meant(missing, names);
      variable.warn(
        `${missing.join(', ')} in ${variable.name} is not available and was left out: it must be ${listed}` +
          (hint === undefined ? '' : `. ${hint}`),
      );
    }
    return [...new Set(found)];
  }

  function check(given: unknown): readonly Value[] | Unreadable {
    const list: readonly unknown[] = Array.isArray(given) ? given : [given];
    if (list.length === 1 && list[0] === 'none') return [];
    const found = new Set<Value>(); // specification: a value given twice counts once
    const missing: unknown[] = [];
    for (const item of list) {
      const name = typeof item === 'string' ? item.toLowerCase() : '';
      if (Object.hasOwn(values, name)) found.add(values[name] as Value);
      else if (own.is(item)) found.add(item);
      else missing.push(item);
    }
    if (missing.length === 0) return [...found];
    return new Unreadable(
      `${names.join(', ')}, none, ${own.description}, or an array of these`,
      remedyFor(given, missing),
    );
  }

  function remedyFor(given: unknown, missing: readonly unknown[]): string | undefined {
    const listedNames = typeof given === 'string' ? splitNames(given) : [];
    const isList = listedNames.length > 1 && listedNames.every((name) => Object.hasOwn(values, name));
    return isList ? `Use [${listedNames.map((name) => `'${name}'`).join(', ')}].` : meant(missing, names);
  }

  return { read: readList, check };
}

/** What to write in place of misspelt names, as a sentence; `undefined` if no known name is near. */
export function meant(given: readonly unknown[], names: readonly string[]): string | undefined {
  const near = given.flatMap((name) =>
    typeof name === 'string' && name !== '' ? (nearestName(name, names) ?? []) : [],
  );
  return near.length === 0 ? undefined : `Did you mean ${near.join(', ')}?`;
}

/** The names in a comma-separated variable, in lower case. */
function splitNames(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
}
