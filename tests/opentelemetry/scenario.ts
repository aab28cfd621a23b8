// What a scenario is: an application that uses instrumented libraries, and that does not know which tracer it runs with.
import type { Service, ServiceName } from '../services/service.ts';

export interface Scenario {
  /** The servers that it needs, besides those that it starts itself. */
  readonly services?: readonly ServiceName[];
  /** Whether Waymark traces libraries itself, too. Default: false. */
  readonly libraries?: boolean;
  /** Attributes whose values differ from run to run, such as ids and ports. Only their types are compared. */
  readonly varying?: readonly string[];
  /** Names of spans without parents that a library makes now and then. They are not compared. */
  readonly upkeep?: RegExp;
  /** Its instrumentations, which are registered before the libraries are loaded. */
  instrumentations?(load: NodeJS.Require): readonly unknown[];
  /** Whether they are registered before there is a tracer, and take theirs from the API then. Default: false. */
  readonly isBeforeTracer?: boolean;
  run(application: Application): Promise<void>;
}

export interface Application {
  /** `require()` with the packages of the generation. Load libraries in `run()`, never at the top of the scenario. */
  readonly load: NodeJS.Require;
  /** `@opentelemetry/api` of the generation. */
  readonly api: typeof import('@opentelemetry/api');
  readonly setUp: SetUpName;
  /** How to reach the servers of {@link Scenario.services}. */
  readonly servers: Readonly<Record<ServiceName, Server>>;
  /** Runs `fn` in a server span of that name, a root, which ends with the promise. */
  inRequest<Result>(name: string, fn: () => Promise<Result>): Promise<Result>;
  /** Makes a span of the application itself where it is called: the way to see which span is active there. */
  mark(name: string): void;
  /** The middleware for Express that makes the server span of each request. */
  middleware(): (request: never, response: never, next: () => void) => void;
}

/** `waymark` is the bridge. `sdk` is OpenTelemetry's own SDK, which says what the instrumentations do without us. */
export type SetUpName = 'waymark' | 'sdk';

export type Server = Pick<Service, 'host' | 'port' | 'user' | 'password' | 'database' | 'url'>;

/** The newest release of everything, with API 1.10, or what fits SDK 2 or SDK 1, with API 1.9. */
export type Generation = 'sdk-1' | 'sdk-2' | 'sdk-3';
