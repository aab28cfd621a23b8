/** Calls a running collector over HTTP, whether it runs in this process or elsewhere. */
import type { TraceOutline } from '../analysis/index.ts';
import type {
  CollectorStatus,
  ImportAnswer,
  TraceDocument,
  TraceEvent,
  TraceList,
  TraceSummary,
} from '../api/types.ts';
import type { SharedFile } from '../share/render-share-html.ts';
import { CliError } from './cli-error.ts';
import { explainUnreachable } from './explain-unreachable.ts';
import { upload } from './upload.ts';

export interface CollectorClient {
  /** Without a slash at the end. */
  readonly url: string;
  /** The token, if the collector needs one. */
  readonly headers: Readonly<Record<string, string>>;
  status(): Promise<CollectorStatus>;
  list(request: { readonly query: string; readonly cursor?: string | undefined }): Promise<TraceList>;
  outline(traceId: string): Promise<TraceOutline>;
  trace(traceId: string): Promise<TraceDocument>;
  /** @param search What to remove, as parameters of the URL. */
  share(traceId: string, search: URLSearchParams): Promise<SharedFile>;
  /** @param onBytes Called with the number of bytes of each part that was sent. */
  importFile(file: string, onBytes: (count: number) => void): Promise<ImportAnswer>;
  /** Sends spans like an exporter. */
  send(path: string, contentType: string, body: string | Uint8Array): Promise<Response>;
  /** Traces as they grow, until the signal or the end of the connection. After `onConnect` no trace is missed. */
  traces(query: string, signal: AbortSignal, onConnect: () => void): AsyncGenerator<TraceSummary>;
  /** The address of the trace in the viewer. */
  viewerUrl(traceId: string): string;
}

const requestTimeoutMs = 10_000;

export interface ConnectOptions {
  readonly token?: string | undefined;
  /** Aborts the requests. */
  readonly signal?: AbortSignal | undefined;
}

export function connectTo(url: string, { token, signal }: ConnectOptions = {}): CollectorClient {
  const base = url.replace(/\/+$/, '');
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };

  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    const timeout = AbortSignal.timeout(requestTimeoutMs);
    try {
      return await fetch(base + path, {
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
        ...init,
        headers: { ...headers, ...(init.headers as Record<string, string>) }, // only this file passes headers
      });
    } catch (error) {
      throw await noCollector(base, error);
    }
  }

  async function ask(path: string, init?: RequestInit): Promise<Response> {
    const response = await request(path, init);
    if (response.ok) return response;
    const message = messageOf(await response.text());
    if (response.status === 404) throw new CliError('WAYMARK_NO_TRACE', message);
    throw new CliError('WAYMARK_REFUSED', `${base} answered ${response.status}: ${message}`);
  }

  async function askJson<Answer>(path: string): Promise<Answer> {
    const response = await ask(path);
    try {
      return (await response.json()) as Answer; // a collector of the same version answers with this type
    } catch (error) {
      throw new CliError(
        'WAYMARK_NO_COLLECTOR',
        `The server at ${base} is not a Waymark collector: its answer is not JSON.`,
        { cause: error },
      );
    }
  }

  return {
    url: base,
    headers,
    async status() {
      const status = await askJson<Partial<CollectorStatus>>('/waymark/status').catch((error: unknown) => {
        if (!(error instanceof CliError) || error.code !== 'WAYMARK_REFUSED' || / 401: /.test(error.message))
          throw error;
        throw new CliError('WAYMARK_NO_COLLECTOR', `The server at ${base} is not a Waymark collector.`, {
          cause: error,
        });
      });
      if (status.received === undefined || status.store === undefined) {
        throw new CliError('WAYMARK_NO_COLLECTOR', `The server at ${base} is not a Waymark collector.`);
      }
      return status as CollectorStatus; // only some fields were checked
    },
    list: ({ query, cursor }) =>
      askJson(
        `/waymark/traces?${new URLSearchParams({ query, limit: '200', ...(cursor !== undefined && { cursor }) })}`,
      ),
    outline: (traceId) => askJson(`/waymark/traces/${traceId}/outline`),
    trace: (traceId) => askJson(`/waymark/traces/${traceId}`),
    async importFile(file, onBytes) {
      const answer = await upload(`${base}/waymark/import`, { file, headers, signal, onBytes }).catch(
        async (error: unknown) => {
          throw await noCollector(base, error);
        },
      );
      if (answer.isOk) return JSON.parse(answer.text) as ImportAnswer; // status() has checked that this is a Waymark collector
      throw new CliError('WAYMARK_UNREADABLE_FILE', `${file} was refused: ${messageOf(answer.text)}`);
    },
    share: (traceId, search) => askJson(`/waymark/traces/${traceId}/share.json?${search}`),
    send: (path, contentType, body) =>
      request(path, { method: 'POST', headers: { 'content-type': contentType }, body }),
    async *traces(query, until, onConnect) {
      const path = `/waymark/events${query === '' ? '' : `?${new URLSearchParams({ query })}`}`;
      const { body } = await ask(path, { signal: until });
      if (body === null) return;
      onConnect();
      for await (const { event, data } of readEvents(body)) {
        if (event === 'trace') yield (JSON.parse(data) as TraceEvent).trace;
      }
    },
    viewerUrl: (traceId) => `${base}/trace/${traceId}`,
  };
}

/** @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation */
async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<{ event: string; data: string }> {
  let rest = '';
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line) => {
          const colon = line.indexOf(':');
          return [line.slice(0, colon), line.slice(colon + 1).trimStart()] as const;
        }),
      );
      yield { event: fields.get('event') ?? 'message', data: fields.get('data') ?? '' };
    }
  }
}

async function noCollector(base: string, error: unknown): Promise<CliError> {
  return new CliError('WAYMARK_NO_COLLECTOR', await explainUnreachable(new URL(base), error), { cause: error });
}

function messageOf(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // not JSON: the page of another server
  }
  return body.trim().slice(0, 200);
}
