/** Removes secrets and personal data from a trace, by the names of keys and by the form of values. Reports what it removed. */
import { type Attributes, isList, type Span, type Value } from '../model/span.ts';
import { isCardNumber } from './remove-numbers.ts';
import { removeSecrets, type TextPlace } from './remove-secrets.ts';
import { type Removing, replacement, type SecretKind } from './secret-kinds.ts';
import { isSecretField, isSensitiveKey } from './secret-names.ts';

export interface RedactOptions {
  /** Keys of attributes to leave out. Default: those with names of secrets or personal data. */
  readonly without?: ReadonlySet<string> | undefined;
  /** More keys to leave out. */
  readonly also?: ReadonlySet<string>;
  /** Kinds of values, and keys of attributes, to keep as they are; `all` for everything. */
  readonly keep?: ReadonlySet<string>;
  /**
   * Whether to remove more: messages and stacks of errors, the values of all URL parameters, fragments, IP addresses.
   * Default `false`.
   */
  readonly isStrict?: boolean;
}

/** What was removed, without the value. */
export interface RemovedValues {
  readonly kind: SecretKind;
  /** An attribute's key, or a field such as `span.name` or `status.message`. */
  readonly where: string;
  readonly count: number;
}

export interface RedactedTrace {
  readonly spans: readonly Span[];
  /** By kind; the most frequent of each kind first. */
  readonly removed: readonly RemovedValues[];
}

/** Keys with one parameter of a query each. */
const parameterKey =
  /^db\.(?:query|operation)\.parameter\.|^db\.(?:postgresql\.values|sql\.bindings|query\.(?:params|parameters))/;
const queryKey =
  /^db\.(?:query\.text|statement|query)$|^(?:graphql\.(?:document|source)|sql\.(?:query|text)|rethinkdb\.query)$/;
const urlQueryKey = /^url\.(?:query|fragment)$|^http\.query/;
const errorKey = /(?:exception|error|err)[._]?(?:message|msg|detail|details|reason)$|^error$|^error\.object$/i;
const stackKey = /stack(?:[._]?trace)?$/i;
/** Keys that have the address of the caller, on a server span. */
const peerKey = /^(?:network\.peer\.address|net\.(?:sock\.)?peer\.(?:addr|ip))$/;

export function redactTrace(
  spans: readonly Span[],
  { without, also = new Set(), keep = new Set(), isStrict = false }: RedactOptions = {},
): RedactedTrace {
  if (keep.has('all')) return { spans, removed: [] };
  const counts = new Map<string, { kind: SecretKind; where: string; count: number }>();
  const known = new Map<string, { readonly text: string; readonly kinds: readonly SecretKind[] }>();

  function note(kind: SecretKind, where: string): void {
    const id = `${kind} ${where}`;
    const entry = counts.get(id);
    if (entry !== undefined) entry.count++;
    else counts.set(id, { kind, where, count: 1 });
  }

  function isLeftOut(key: string): boolean {
    if (keep.has(key)) return false;
    if (also.has(key)) return true;
    return without === undefined ? isSensitiveKey(key) && !keep.has('key') : without.has(key);
  }

  /** A trace repeats many strings. */
  function redactText(text: string, place: TextPlace, where: string): string {
    const id = `${place.role ?? ''} ${place.key ?? ''} ${place.system ?? ''} ${text}`;
    let entry = known.get(id);
    if (entry === undefined) {
      const kinds: SecretKind[] = [];
      const removing: Removing = (kind) => {
        if (keep.has(kind)) return false;
        kinds.push(kind);
        return true;
      };
      entry = { text: removeAll(text, place, removing), kinds };
      if (id.length <= maxKnownLength && known.size < maxKnown) known.set(id, entry);
    }
    for (const kind of entry.kinds) note(kind, where);
    return entry.text;
  }

  /** @param path The keys that lead to the value, such as `user.address`. */
  function redactValue(value: Value, place: TextPlace, where: string, path: string): Value {
    if (typeof value === 'string') return redactText(value, place, where);
    if (typeof value === 'number') {
      return value > 1e11 && isCardNumber(String(value)) && remove('card-number', where) ? replacement : value;
    }
    if (typeof value !== 'object' || value === null) return value;
    if (isList(value)) return redactList(value, place, where, path);
    if ('kvlistValue' in value) return { kvlistValue: redactMap(value.kvlistValue, place, where, path) };
    if ('bytesValue' in value) return value.bytesValue !== '' && remove('bytes', where) ? { bytesValue: '' } : value;
    if ('intValue' in value) return isCardNumber(value.intValue) && remove('card-number', where) ? replacement : value;
    return value;
  }

  /** Such as `['--password', 'x']` in `process.command_args`. */
  function redactList(values: readonly Value[], place: TextPlace, where: string, path: string): Value {
    return values.map((value, index) => {
      const before = values[index - 1];
      const isArgument = typeof before === 'string' && /^--?[a-z]/i.test(before) && isSecretField(before);
      if (isArgument && typeof value === 'string' && !value.startsWith('-')) {
        return remove('named-secret', where) ? replacement : value;
      }
      return redactValue(value, place, where, path);
    });
  }

  function redactMap(map: Attributes, place: TextPlace, where: string, path: string): Attributes {
    const kept: [key: string, value: Value][] = [];
    for (const [key, value] of Object.entries(map)) {
      const inner = `${path}.${key}`;
      if (isLeftOut(inner) || (without === undefined && !keep.has(inner) && isLeftOut(key))) note('key', where);
      else if (keep.has(inner)) kept.push([key, value]);
      else kept.push([redactText(key, { isStrict }, where), redactValue(value, { ...place, key }, where, inner)]);
    }
    return Object.fromEntries(kept);
  }

  function remove(kind: SecretKind, where: string): boolean {
    if (keep.has(kind)) return false;
    note(kind, where);
    return true;
  }

  function redactAttributes(attributes: Attributes, span: Span): Attributes {
    const system = textOf(span.attributes['db.system.name'] ?? span.attributes['db.system']);
    const kept: [key: string, value: Value][] = [];
    for (const [key, value] of Object.entries(attributes)) {
      const where = redactText(key, { isStrict }, 'attribute key');
      if (isLeftOut(key)) note('key', where);
      else kept.push([where, keep.has(key) ? value : redactAttribute(key, value, where, { span, system })]);
    }
    return Object.fromEntries(kept);
  }

  function redactAttribute(
    key: string,
    value: Value,
    where: string,
    { span, system }: { readonly span: Span; readonly system: string | undefined },
  ): Value {
    if (parameterKey.test(key) && remove('query-literal', where)) return '?';
    if (isClientAddress(key, value, span) && remove('client-address', where)) return replacement;
    return redactValue(value, placeOf(key, system, isStrict), where, key);
  }

  function redactSpan(span: Span): Span {
    const { name, traceState, attributes, events, links, status, resource, scope } = span;
    const system = textOf(attributes['db.system.name'] ?? attributes['db.system']);
    const text = (value: string, where: string, role?: TextPlace['role']): string =>
      keep.has(where) ? value : redactText(value, { role, system, isStrict }, where);
    const withAttributes = <T extends { readonly attributes?: Attributes }>(from: T): T =>
      from.attributes === undefined ? from : { ...from, attributes: redactAttributes(from.attributes, span) };
    const isMessageLeftOut = status?.message !== undefined && (also.has(statusMessage) || without?.has(statusMessage));
    if (isMessageLeftOut) note('key', statusMessage);
    return {
      ...span,
      name: text(name, 'span.name'),
      ...(traceState !== undefined && { traceState: text(traceState, 'tracestate', 'trace-state') }),
      attributes: redactAttributes(attributes, span),
      ...(events !== undefined && {
        events: events.map((event) => withAttributes({ ...event, name: text(event.name, 'event.name') })),
      }),
      ...(links !== undefined && {
        links: links.map((link) =>
          withAttributes({
            ...link,
            ...(link.traceState !== undefined && {
              traceState: text(link.traceState, 'tracestate', 'trace-state'),
            }),
          }),
        ),
      }),
      ...(status !== undefined && {
        status: {
          code: status.code,
          ...(status.message !== undefined &&
            !isMessageLeftOut && { message: text(status.message, statusMessage, 'error-message') }),
        },
      }),
      resource: redactShared(resource, () => ({
        ...withAttributes(resource),
        serviceName: text(resource.serviceName, 'service.name'),
        ...(resource.schemaUrl !== undefined && { schemaUrl: text(resource.schemaUrl, 'schema URL') }),
      })),
      ...(scope !== undefined && {
        scope: redactShared(scope, () => ({
          ...withAttributes(scope),
          name: text(scope.name, 'scope.name'),
          ...(scope.schemaUrl !== undefined && { schemaUrl: text(scope.schemaUrl, 'schema URL') }),
        })),
      }),
    };
  }

  /** Many spans have the same resource: it is counted once. */
  const shared = new Map<object, object>();
  function redactShared<T extends object>(from: T, redact: () => T): T {
    const done = (shared.get(from) as T | undefined) ?? redact(); // the cached value was made from this object
    shared.set(from, done);
    return done;
  }

  const redacted = spans.map(redactSpan);
  const order = [...new Set([...counts.values()].map(({ kind }) => kind))];
  const removed = [...counts.values()].sort(
    (one, other) => order.indexOf(one.kind) - order.indexOf(other.kind) || other.count - one.count,
  );
  return { spans: redacted, removed };
}

const maxKnownLength = 2000;
const maxKnown = 20_000;

/** The key for the message of a status. It is not an attribute, but may quote one. */
export const statusMessage = 'status.message';

function removeAll(text: string, place: TextPlace, removing: Removing): string {
  const isOfError = place.role === 'error-message' || place.role === 'stack';
  if (place.isStrict && isOfError && text !== '' && removing('error-value')) return replacement;
  return removeSecrets(text, place, removing);
}

function placeOf(key: string, system: string | undefined, isStrict: boolean): TextPlace {
  const role = queryKey.test(key)
    ? 'query'
    : urlQueryKey.test(key)
      ? 'url-query'
      : stackKey.test(key)
        ? 'stack'
        : errorKey.test(key)
          ? 'error-message'
          : undefined;
  return { key, role, system: key.startsWith('graphql.') ? 'graphql' : system, isStrict };
}

function isClientAddress(key: string, value: Value, { kind }: Span): boolean {
  if (kind !== 'server' || typeof value !== 'string' || !peerKey.test(key)) return false;
  return !/^(?:127\.|::1$|::ffff:127\.|\/)/.test(value);
}

function textOf(value: Value | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
