/** The name and the attributes of an operation's span. They are made once for each operation of a document. */
import type { AttributeList } from '../../attributes.ts';
import { SharedAttributes } from '../../shared-attributes.ts';
import { detached } from '../recent-values.ts';
import { type NamedOperation, type OperationType, readDocument } from './document-text.ts';

/** The parts of a parsed document that are used here: of graphql 15 to 17. */
export interface ParsedDocument {
  readonly definitions: readonly Definition[];
  readonly loc?: { readonly source?: { readonly body?: unknown } } | undefined;
}

interface Definition {
  readonly kind?: unknown;
  readonly operation?: unknown;
  readonly name?: { readonly value?: unknown } | undefined;
}

/** A parsed document, or its text. */
export type Document = ParsedDocument | string;

export class OperationFacts {
  /** `undefined` if the document has no such operation. */
  readonly type: OperationType | undefined;
  readonly name: string | undefined;
  /** The document without literals; `undefined` for a document that was made without a text. */
  readonly text: string | undefined;
  private withDocument: SharedAttributes | undefined = undefined;
  private withoutDocument: SharedAttributes | undefined = undefined;
  private knownSpanName: string | undefined = undefined;

  constructor(operation: NamedOperation | undefined, text: string | undefined) {
    this.type = operation?.type;
    this.name = operation?.name;
    this.text = text;
  }

  /** `query Basket`. For an operation that was not accepted: `query`. */
  get spanName(): string {
    this.knownSpanName ??= spanNameOf(this.type, this.name);
    return this.knownSpanName;
  }

  /** Of an operation that was not accepted, so that its name is any string that a client may send. */
  get plainName(): string {
    return this.type ?? nameOfUnknown;
  }

  attributes(hasDocument: boolean): SharedAttributes {
    if (hasDocument) {
      this.withDocument ??= new SharedAttributes(this.list(this.text));
      return this.withDocument;
    }
    this.withoutDocument ??= new SharedAttributes(this.list(undefined));
    return this.withoutDocument;
  }

  private list(text: string | undefined): AttributeList {
    const list: AttributeList = [];
    if (this.type !== undefined) list.push('graphql.operation.type', this.type);
    if (this.name !== undefined) list.push('graphql.operation.name', cut(this.name));
    if (text !== undefined && text !== '') list.push('graphql.document', text);
    return list;
  }
}

// The fallback of the conventions.
const nameOfUnknown = 'GraphQL Operation';

// Clients choose the names. An application has some hundred; more than that are names with ids in them, or an attack.
const maxNames = 1000;
const longestName = 100;
const names = new Set<string>();

function spanNameOf(type: OperationType | undefined, name: string | undefined): string {
  if (type === undefined) return nameOfUnknown;
  if (name === undefined || name.length > longestName) return type;
  const full = `${type} ${name}`;
  if (!names.has(full)) {
    if (names.size >= maxNames) return type;
    names.add(full);
  }
  return full;
}

const longestAttribute = 255;

function cut(name: string): string {
  return detached(name.length > longestAttribute ? `${name.slice(0, longestAttribute)}…` : name);
}

const noName = '';
const factsByDocument = new WeakMap<object, Map<string, OperationFacts>>();
const maxNamesPerDocument = 50;

/** @param operationName As the client sent it: which operation of the document to run. */
export function factsOf(document: Document, operationName: unknown): OperationFacts {
  const wanted = typeof operationName === 'string' ? operationName : undefined;
  if (typeof document === 'string') {
    const { text, operations } = readDocument(document);
    return new OperationFacts(choose(operations, wanted), text);
  }
  let byName = factsByDocument.get(document);
  if (byName === undefined) {
    byName = new Map();
    factsByDocument.set(document, byName);
  }
  const key = wanted ?? noName;
  let facts = byName.get(key);
  if (facts === undefined) {
    const body = bodyOf(document);
    const text = body === undefined ? undefined : readDocument(body).text;
    facts = new OperationFacts(choose(operationsOf(document), wanted), text);
    if (byName.size < maxNamesPerDocument) byName.set(key, facts);
  }
  return facts;
}

/** The text that a document was parsed from. */
export function bodyOf(document: Document): string | undefined {
  if (typeof document === 'string') return document;
  const body = document.loc?.source?.body;
  return typeof body === 'string' ? body : undefined;
}

function choose(operations: readonly NamedOperation[], wanted: string | undefined): NamedOperation | undefined {
  if (wanted === undefined || wanted === '') return operations.length === 1 ? operations[0] : undefined;
  return operations.find(({ name }) => name === wanted);
}

function operationsOf({ definitions }: ParsedDocument): readonly NamedOperation[] {
  if (!Array.isArray(definitions)) return [];
  return definitions.flatMap(({ kind, operation, name }: Definition) =>
    kind === 'OperationDefinition' && isOperationType(operation)
      ? [{ type: operation, name: typeof name?.value === 'string' ? name.value : undefined }]
      : [],
  );
}

function isOperationType(value: unknown): value is OperationType {
  return value === 'query' || value === 'mutation' || value === 'subscription';
}

/** Whether a value is a parsed document. */
export function isParsedDocument(value: unknown): value is ParsedDocument {
  return typeof value === 'object' && value !== null && Array.isArray((value as Partial<ParsedDocument>).definitions);
}
