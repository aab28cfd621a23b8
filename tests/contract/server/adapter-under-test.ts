// An adapter, as the contract uses it: it makes an application from neutral routes, and starts it.
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Span } from '@waymark/core';
import type { HttpOptions, Trust, WithTracer, WithTracerOptions } from '@waymark/core/http';

type RequestIndependentOptions = Pick<
  HttpOptions,
  'allowBaggage' | 'captureHeaders' | 'propagateTo' | 'redactQuery' | 'traceStateMember'
>;

/** The options that all adapters have in common. */
export type TracingOptions = CommonHttpOptions & (WithTracer | WithTracerOptions);

interface CommonHttpOptions extends RequestIndependentOptions {
  ignore?: IgnoreRule | readonly IgnoreRule[];
  trust?: Trust<{ readonly url?: string | undefined }>;
  outbound?: boolean;
  knownMethods?: readonly string[];
}

export type IgnoreRule = string | RegExp | ((request: { readonly url?: string | undefined }) => boolean);

/** One request, in the same form for every framework. */
export interface Exchange {
  /** Node's request and response, to read and to listen to. */
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** `req.span` in Express, `request.span` in Fastify, the active span in plain Node. */
  readonly span: Span | undefined;
  /** The parsed body of a JSON request. */
  readonly body: unknown;
  /** Answers by the framework's API. */
  send(status: number, body?: string | object | Readable): void;
  /** Takes the response from the framework, and returns Node's response to write to. */
  takeOver(): ServerResponse;
}

export type Handler = (exchange: Exchange) => unknown;

export interface Route {
  readonly method: string;
  readonly path: string;
  /** Patterns of the routers that the route is mounted in, outermost first. */
  readonly mounts?: readonly string[];
  /** May throw, and may return a promise, which may reject. */
  readonly handler: Handler;
}

export interface AppDescription {
  readonly routes: readonly Route[];
  /** `undefined`: the same application without tracing. */
  readonly tracing: TracingOptions | undefined;
  /** How often tracing is registered. Default 1. */
  readonly registrations?: number;
  /** Express's `trust proxy`, Fastify's `trustProxy`. */
  readonly trustProxy?: boolean | string | ((address: string, hop: number) => boolean);
  /** A middleware or hook below a path. */
  readonly middleware?: { readonly prefix: string; readonly run: (exchange: Exchange) => void };
  /** The application's error handler, in place of the framework's. */
  readonly onError?: (error: unknown, exchange: Exchange) => void;
  readonly serverOptions?: ServerOptions;
  /** Serves HTTPS with this certificate. */
  readonly certificate?: { readonly key: string; readonly cert: string };
}

export interface RunningApp {
  readonly port: number;
  readonly server: Server;
  close(): Promise<void>;
}

export interface AdapterUnderTest {
  /**
   * `framework`: it knows the routes, catches what handlers throw, and has a setting to trust a proxy. Plain Node does none
   * of this: the application's own code does.
   */
  readonly kind: 'framework' | 'plain';
  /** The instrumentation scope of its server spans. */
  readonly scopeName: string;
  /**
   * What this version of the framework cannot do, whatever the plugin: route unusual methods; handle `null` thrown in
   * place of an error once there is an `onError` hook.
   */
  readonly lacks?: readonly ('methods' | 'empty errors')[];
  start(app: AppDescription): Promise<RunningApp>;
}
