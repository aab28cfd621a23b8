/** Resolves the option `traceUrl`: the address of a trace, for the header `x-trace-url`. */

import type { TextForm } from '../settings/forms.ts';
import { resolveSettings } from '../settings/resolve-settings.ts';
import { type Environment, type SettingTable, setting, Unreadable } from '../settings/setting.ts';

const placeholder = '{traceId}';

const noTemplate = new Unreadable('a URL with {traceId} in it, such as http://localhost:4318/trace/{traceId}');

// Visible ASCII: it is sent in a header unchanged.
const headerText = /^[\x21-\x7e]+$/;

const urlTemplate: TextForm<string> = {
  read: (text) => urlTemplate.check(text.trim()),
  check(value) {
    if (typeof value !== 'string' || !value.includes(placeholder) || !headerText.test(value)) return noTemplate;
    const url = value.replaceAll(placeholder, '0');
    return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) ? value : noTemplate;
  },
};

const table = { traceUrl: setting({ variables: ['WAYMARK_TRACE_URL'], form: urlTemplate, fallback: undefined }) };

/** docs/settings.md has the same rows; a test compares them. */
export const traceUrlTable: SettingTable = table;

/**
 * @param given The option. If it is `undefined`, `WAYMARK_TRACE_URL` counts; without both there is no URL.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is not a URL with `{traceId}`.
 */
export function resolveTraceUrl(
  given: string | undefined,
  env?: Environment,
): { urlOf?: (traceId: string) => string; warning?: string } {
  const { values, warnings } = resolveSettings(table, { traceUrl: given, env });
  const { traceUrl } = values;
  const [warning] = warnings; // there is one variable
  return {
    ...(traceUrl !== undefined && { urlOf: (traceId: string) => traceUrl.replaceAll(placeholder, traceId) }),
    ...(warning !== undefined && { warning }),
  };
}
