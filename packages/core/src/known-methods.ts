/** Which HTTP methods are recorded under their own name. */

import type { TextForm } from './settings/forms.ts';
import { resolveSettings } from './settings/resolve-settings.ts';
import { type Environment, type SettingTable, setting, Unreadable } from './settings/setting.ts';

/** RFC 9110's eight, PATCH (RFC 5789) and QUERY: OpenTelemetry's list. */
const methods = ['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY', 'TRACE'] as const;

// RFC 9110 section 9.1: a method is a token.
const methodForm = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

const notMethods = new Unreadable('a list of methods, such as GET,POST,PROPFIND');

const methodList: TextForm<readonly string[]> = {
  read(text) {
    const list = text
      .split(',')
      .map((method) => method.trim())
      .filter((method) => method !== '');
    return list.length === 0 ? notMethods : methodList.check(list);
  },
  check: (value) =>
    Array.isArray(value) && value.every((method) => typeof method === 'string' && methodForm.test(method))
      ? value
      : notMethods,
};

const table = {
  knownMethods: setting({
    variables: ['OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS'],
    form: methodList,
    fallback: methods,
  }),
};

/** docs/settings.md lists the same; a test compares the two. */
export const knownMethodsTable: SettingTable = table;

/**
 * The methods that are recorded under their own name; any other is `_OTHER`.
 *
 * @param given The whole list, case-sensitive: a method that is not in it is unknown. Absent: from
 *   `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`, or else CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY, TRACE.
 * @param env Default: `process.env`.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is not a list of methods.
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
export function resolveKnownMethods(
  given: readonly string[] | undefined,
  env?: Environment,
): { methods: ReadonlySet<string>; warning?: string } {
  const { values, warnings } = resolveSettings(table, { knownMethods: given, env });
  const [warning] = warnings; // there is one variable
  return { methods: new Set(values.knownMethods), ...(warning !== undefined && { warning }) };
}
