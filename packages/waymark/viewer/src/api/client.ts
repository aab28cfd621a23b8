/** Requests to the collector's query API. Its paths and answers are in `src/api/types.ts` of this package. */
import type {
  CollectorStatus,
  Completions,
  ErrorGroups,
  Facets,
  Operations,
  Scatter,
  ServiceMap,
  TraceList,
} from '../../../src/api/types.ts';

/** The filter of a screen, as the API takes it. */
export interface Filter {
  readonly query?: string | undefined;
  /** Unix milliseconds, both inclusive. */
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
}

type Params = Readonly<Record<string, string | number | undefined>>;

/** An answer other than 2xx, or no answer (`status` 0). `message` is the collector's message. */
export class ApiError extends Error {
  readonly status: number;
  /** The fields of the answer's body, if the body is JSON. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, status: number, details: Readonly<Record<string, unknown>>) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.details = details;
  }
}

export const fetchTraces = (filter: Filter & { limit?: number; cursor?: string | undefined }, signal?: AbortSignal) =>
  getJson<TraceList>('/waymark/traces', { ...filter }, signal);

export const fetchScatter = (filter: Filter & { limit?: number }, signal?: AbortSignal) =>
  getJson<Scatter>('/waymark/scatter', { ...filter }, signal);

export const fetchFacets = (filter: Filter, signal?: AbortSignal) =>
  getJson<Facets>('/waymark/facets', { ...filter }, signal);

export const fetchCompletions = (request: { key?: string; prefix?: string }, signal?: AbortSignal) =>
  getJson<Completions>('/waymark/complete', request, signal);

export const fetchOperations = (
  request: { startMs?: number | undefined; endMs?: number | undefined; service?: string | undefined },
  signal?: AbortSignal,
) => getJson<Operations>('/waymark/operations', request, signal);

export const fetchMap = (range: Omit<Filter, 'query'>, signal?: AbortSignal) =>
  getJson<ServiceMap>('/waymark/map', range, signal);

export const fetchErrors = (range: Omit<Filter, 'query'>, signal?: AbortSignal) =>
  getJson<ErrorGroups>('/waymark/errors', range, signal);

export const fetchServices = (signal?: AbortSignal) =>
  getJson<{ readonly services: readonly string[] }>('/waymark/services', {}, signal);

export const fetchStatus = (signal?: AbortSignal) => getJson<CollectorStatus>('/waymark/status', {}, signal);

/** GET, with the parameters that are not undefined. Throws an `ApiError`. */
export async function getJson<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  return readAnswer<T>(await request(withParams(path, params), signal === undefined ? {} : { signal }));
}

/** POST with an unchanged body. Throws an `ApiError`. */
export async function postBody<T>(path: string, body: Blob | string, params: Params = {}): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  return readAnswer<T>(await request(withParams(path, params), { method: 'POST', headers, body }));
}

/** A path with the parameters that are not undefined or empty. */
export function withParams(path: string, params: Params): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  return search.size === 0 ? path : `${path}?${search}`;
}

async function request(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError('The collector does not answer. Is `npx waymark` still running?', 0, {});
  }
}

async function readAnswer<T>(response: Response): Promise<T> {
  if (response.ok) return (await response.json()) as T; // the collector that serves this page speaks its own types
  const text = await response.text();
  const details = readObject(text);
  // The page was opened with the token. Since then the token has changed, or the cookie is gone.
  if (response.status === 401) {
    throw new ApiError('The collector no longer accepts the token of this page. Reload the page.', 401, details);
  }
  const message =
    typeof details.message === 'string' ? details.message : `The collector answered with status ${response.status}.`;
  throw new ApiError(message, response.status, details);
}

function readObject(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
