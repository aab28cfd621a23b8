/**
 * Decides whether an answer of 2xx can come from a receiver of traces. A web server that answers every request with a page stores no
 * spans, and its 200 is not a success.
 *
 * The OTLP specification requires an answer in the format of the request. Receivers are less strict, so these are accepted too:
 * - no body, with or without a type: Mimir, Sentry, 204 and 202 of many
 * - JSON in answer to protobuf: Langfuse, Splunk (`"OK"`), NeMo (`{ "errors": [] }`)
 * - protobuf with the type of JSON: OpenObserve; as `application/octet-stream`: Mimir
 * - a word as plain text: `OK`; `202 Accepted` of all servers on Armeria, such as Zipkin
 */
import { type AnswerText, isMarkup, textOf, toLine } from './answer-text.ts';

export interface AnswerToJudge extends AnswerText {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** `other-server`: not from a receiver. `doubtful`: maybe from a receiver, but no known receiver answers like this. */
export interface Verdict {
  readonly from: 'receiver' | 'doubtful' | 'other-server';
  /** The kind of the answer, for people: `a web page`. */
  readonly what: string;
  /** The full text. It may contain secrets of the request. */
  readonly text?: string | undefined;
}

const receiver: Verdict = { from: 'receiver', what: 'an answer of a receiver' };

/** Decides whether bytes are an answer in the encoding of a format, such as OTLP's protobuf. `another`: a different message. */
export type IdentifyBody = (body: Buffer) => 'answer' | 'another' | 'unknown';

export function judgeAnswer(answer: AnswerToJudge, identifyBody: IdentifyBody = () => 'unknown'): Verdict {
  const { status, contentType, body, headers } = answer;
  if (headers['grpc-status'] !== undefined || contentType.startsWith('application/grpc')) return otherServer('gRPC');
  if (isMarkup(answer)) return otherServer('a web page', textOf(answer));
  if (body.length === 0) return receiver;
  if (!readableTypes.test(contentType)) return otherServer(`content of the type ${toLine(contentType)}`);
  const kind = identifyBody(body);
  if (kind === 'answer') return receiver;
  // A server that answers with this type is a receiver, unless it returns the request's own body.
  if (protobufTypes.test(contentType)) return kind === 'another' ? otherServer('protobuf of another kind') : receiver;
  const text = textOf(answer);
  if (text === undefined) return otherServer('bytes that are not text');
  const json = readJson(body);
  const verdict = json === undefined ? judgeText(text) : judgeJson(json, text);
  // Web servers do not answer 202 by default: New Relic answers `{ "requestId": … }`.
  return status === 202 && verdict.what !== anError ? receiver : verdict;
}

function judgeText(text: string): Verdict {
  if (assent.test(text) || cutJson.test(text)) return receiver;
  return otherServer('text', text);
}

const protobufTypes = /^application\/(x-protobuf|protobuf|vnd\.google\.protobuf)/;
const readableTypes =
  /^($|application\/(x-protobuf|protobuf|vnd\.google\.protobuf|octet-stream)|text\/(plain|json)|application\/([\w.-]+\+)?json)/;

const assent = /^(?:\d{3} )?(?:ok|okay|success|successful|accepted|received|created|done|no content)[.!]?$/i;

// OTLP's answer, without its end.
const cutJson = /^\{\s*"partialSuccess"/;

const anError = 'an error';

function isAssent(value: unknown): boolean {
  return value === true || (typeof value === 'string' && assent.test(value.trim()));
}

function judgeJson({ value }: { readonly value: unknown }, text: string): Verdict {
  if (value === null || isAssent(value)) return receiver;
  if (typeof value !== 'object' || Array.isArray(value)) return otherServer('JSON', text);
  const { error, errors, success, ok } = value as Record<string, unknown>; // an object: just checked
  const isError = Boolean(error) || (Array.isArray(errors) && errors.length > 0) || success === false || ok === false;
  if (isError) return otherServer(anError, text);
  const keys = Object.keys(value);
  const isKnown = keys.length === 0 || 'partialSuccess' in value || 'partial_success' in value || Array.isArray(errors);
  if (isKnown || Object.values(value).some(isAssent)) return receiver;
  return 'resourceSpans' in value ? otherServer('the body of the request') : { from: 'doubtful', what: 'JSON', text };
}

/** The value is wrapped in an object, since `undefined` means that the text is not JSON. */
function readJson(body: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(body.toString()) };
  } catch {
    return undefined;
  }
}

function otherServer(what: string, text?: string): Verdict {
  return { from: 'other-server', what, text };
}
