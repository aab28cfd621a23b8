/** Reads the parameters of a URL. Errors have the parameter's name, its value, and what was expected. */
import type { FastifyRequest } from 'fastify';
import { parseQuery } from '../query/parse-query.ts';
import type { Query } from '../query/query.ts';
import { RequestProblem } from './request-problem.ts';

/** As Fastify parses them: a repeated parameter is a list. */
export type Parameters = Readonly<Record<string, string | readonly string[] | undefined>>;

export function parametersOf(request: FastifyRequest): Parameters {
  return request.query as Parameters; // the only result of Fastify's parser
}

/** A parameter of the route's path. */
export function pathParameter(request: FastifyRequest, name: string): string {
  return (request.params as Readonly<Record<string, string>>)[name] ?? '';
}

/** The last value, if the parameter is repeated; undefined if it is absent or empty. */
export function readText(parameters: Parameters, name: string): string | undefined {
  const value = parameters[name];
  const text = typeof value === 'string' || value === undefined ? value : value.at(-1);
  return text === '' ? undefined : text;
}

export function readTexts(parameters: Parameters, name: string): readonly string[] {
  const value = parameters[name];
  return typeof value === 'string' ? [value] : (value ?? []);
}

export function requireText(parameters: Parameters, name: string): string {
  const text = readText(parameters, name);
  if (text === undefined) throw new RequestProblem(400, `The parameter ${name} is missing.`);
  return text;
}

/** @param what For the message, what the number is: `Unix milliseconds`. */
export function readNumber(
  parameters: Parameters,
  name: string,
  what: string,
  { min = 0, max = Number.MAX_SAFE_INTEGER }: { readonly min?: number; readonly max?: number } = {},
): number | undefined {
  const text = readText(parameters, name);
  if (text === undefined) return undefined;
  const number = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new RequestProblem(400, `${name} must be ${what} from ${min} to ${max}, got ${JSON.stringify(text)}.`);
}

export function readLimit(parameters: Parameters, { most }: { readonly most: number }): number | undefined {
  const limit = readNumber(parameters, 'limit', 'a whole number', { min: 1, max: most });
  if (limit !== undefined && !Number.isInteger(limit)) {
    throw new RequestProblem(400, `limit must be a whole number from 1 to ${most}, got ${limit}.`);
  }
  return limit;
}

export interface RangeParameters {
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
}

export function readRange(parameters: Parameters): RangeParameters {
  const startMs = readNumber(parameters, 'startMs', 'Unix milliseconds');
  const endMs = readNumber(parameters, 'endMs', 'Unix milliseconds');
  if (startMs !== undefined && endMs !== undefined && startMs > endMs) {
    throw new RequestProblem(400, `startMs must not be after endMs, got ${startMs} and ${endMs}.`);
  }
  return { startMs, endMs };
}

/**
 * Parses the query. No other code does: the engine and the stores get a `Query`.
 *
 * @returns undefined for all traces: the parameter is absent or blank.
 * @throws {InvalidQuery} With the position in the string.
 */
export function readQuery(parameters: Parameters): Query | undefined {
  const text = readText(parameters, 'query');
  return text === undefined || text.trim() === '' ? undefined : parseQuery(text);
}

/** 32 hex digits. Shorter ids are padded, since some senders use 16 digits. */
export function readTraceId(text: string): string {
  if (!/^[0-9a-f]{1,32}$/i.test(text)) {
    throw new RequestProblem(400, `A trace id must be 1 to 32 hex digits, got ${JSON.stringify(shorten(text))}.`);
  }
  return text.toLowerCase().padStart(32, '0');
}

export function readSpanId(text: string): string {
  if (!/^[0-9a-f]{1,16}$/i.test(text)) {
    throw new RequestProblem(400, `A span id must be 1 to 16 hex digits, got ${JSON.stringify(shorten(text))}.`);
  }
  return text.toLowerCase().padStart(16, '0');
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
