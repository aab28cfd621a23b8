/** The few words next to a span's name in a waterfall. */
import { toPlainText } from '../model/plain-value.ts';
import type { Attributes, Span, Value } from '../model/span.ts';

const maxNoteLength = 120;

// Attributes for the transport. The name, the URL and the status say it in fewer words.
const conventional =
  /^(http|url|server|client|network|net|user_agent|error|exception|code|thread|db|rpc|messaging|otel|peer|process|telemetry|ot|span|component|internal|sampler|faas|aws|cloud|graphql|dataloader|gen_ai|openai|mcp|jsonrpc|piscina|cron)[._]|^(component|error)$/;

/** `200 user.id=7`, `localhost:3000/users/7 200`, `2 rows SELECT …`, `11 → 7 tokens`; empty if the span has no attribute to show. */
export function spanNote(span: Span): string {
  const { attributes, name } = span;
  const parts = [
    addressOf(span),
    statusOf(attributes),
    rowsOf(attributes),
    tokensOf(attributes),
    withoutName(queryOf(attributes), name),
  ].filter((part) => part !== '');
  let length = parts.reduce((sum, part) => sum + part.length + 1, 0);
  for (const key in attributes) {
    if (length > maxNoteLength) break;
    if (conventional.test(key)) continue;
    const part = `${key}=${brief(attributes[key] ?? null)}`;
    parts.push(part);
    length += part.length + 1;
  }
  const note = parts.join(' ');
  return note.length > maxNoteLength ? `${note.slice(0, maxNoteLength - 1)}…` : note;
}

/** The target of a call, or the target of a request without a route. */
function addressOf({ kind, attributes }: Span): string {
  if (kind === 'client') {
    const url = attributes['url.full'] ?? attributes['http.url'];
    return typeof url === 'string' ? url.replace(/^\w+:\/\/(?:[^/@]*@)?|[?#].*$/gs, '') : '';
  }
  if (kind !== 'server' || attributes['http.route'] !== undefined) return '';
  const path = attributes['url.path'] ?? attributes['http.target'];
  return typeof path === 'string' ? path.replace(/[?#].*$/s, '') : '';
}

function statusOf(attributes: Attributes): string {
  const status = attributes['http.response.status_code'] ?? attributes['http.status_code'];
  return status === undefined ? '' : brief(status);
}

function rowsOf(attributes: Attributes): string {
  const rows = attributes['db.response.returned_rows'];
  if (typeof rows !== 'number') return '';
  return rows === 1 ? '1 row' : `${rows} rows`;
}

/** What a model has read and written. */
function tokensOf(attributes: Attributes): string {
  const { 'gen_ai.usage.input_tokens': read, 'gen_ai.usage.output_tokens': written } = attributes;
  return typeof read === 'number' && typeof written === 'number' ? `${read} → ${written} tokens` : '';
}

/** `COMMIT`, `GET user:7`, `query Basket($id: ID!) {…`: the name of the span comes first. */
function withoutName(query: string, name: string): string {
  const rest = query.startsWith(name) ? query.slice(name.length) : query;
  return rest === '' || /^[ ({@]/.test(rest) ? rest.trimStart() : query;
}

function queryOf(attributes: Attributes): string {
  const query = attributes['db.query.text'] ?? attributes['db.statement'] ?? attributes['graphql.document'];
  return typeof query === 'string'
    ? query
        .slice(0, maxNoteLength + 1)
        .replace(/\s+/g, ' ')
        .trim()
    : '';
}

function brief(value: Value): string {
  const text = toPlainText(value);
  return text.length > maxNoteLength ? text.slice(0, maxNoteLength) : text;
}
