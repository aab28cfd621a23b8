// The compared variants, and how many spans of each must arrive.

export interface Variant {
  /** As server.cjs takes it: a file in variants/, and a mode. */
  readonly id: string;
  readonly title: string;
  /** Share of requests that are recorded; 0 where nothing is exported. */
  readonly sampled: 0 | 0.01 | 1;
  /** Folder in peers/, for another project's tracer. */
  readonly peer?: string;
  /** Requests in a round, as a share of the others': the slowest would take all the time. */
  readonly share?: number;
}

export const variants: readonly Variant[] = [
  { id: 'bare', title: 'bare', sampled: 0 },
  { id: 'als', title: 'bare + one `AsyncLocalStorage.run`', sampled: 0 },
  { id: 'minimum', title: 'hand-made minimum', sampled: 1 },
  { id: 'waymark', title: '**Waymark**', sampled: 1 },
  { id: 'waymark:one-percent', title: '**Waymark**, 1 %', sampled: 0.01 },
  { id: 'waymark:everything', title: '**Waymark**, everything on', sampled: 1 },
  { id: 'opentelemetry', title: 'OpenTelemetry JS', sampled: 1, peer: 'opentelemetry' },
  { id: 'opentelemetry:one-percent', title: 'OpenTelemetry JS, 1 %', sampled: 0.01, peer: 'opentelemetry' },
  { id: 'dd-trace', title: 'dd-trace', sampled: 1, peer: 'dd-trace' },
  { id: 'sentry', title: 'Sentry', sampled: 1, peer: 'sentry', share: 0.2 },
];

export interface Route {
  readonly id: 'plain' | 'outbound';
  readonly title: string;
  readonly path: string;
  /** The fewest spans that a tracer makes. Some make more, for example for middlewares. */
  readonly spans: number;
  /** In a round. Each ends with a flush, which is to be a small part of it, as it is where something is sent each five seconds. */
  readonly requests: number;
  /** Number of requests until its code is compiled. */
  readonly warmUpRequests: number;
}

export const routes: readonly Route[] = [
  {
    id: 'plain',
    title: 'JSON route with one parameter',
    path: '/users/42',
    spans: 1,
    requests: 8000,
    warmUpRequests: 60_000,
  },
  {
    id: 'outbound',
    title: 'route with an outbound call, three awaits and an inner span',
    path: '/orders/42',
    spans: 3,
    requests: 3000,
    warmUpRequests: 20_000,
  },
];
