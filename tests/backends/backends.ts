// Where the servers are that `start-backends.ts` has started, for the test files, which run in other processes.

export interface BackendUrls {
  readonly jaeger: { readonly otlp: string; readonly zipkin: string; readonly query: string };
  readonly collector: { readonly otlp: string; readonly zipkin: string };
  readonly zipkin: { readonly zipkin: string; readonly query: string };
  /** Shows what the Collector sent on. */
  readonly sink: string;
  /** An interpreter that has OpenTelemetry's SDK. */
  readonly python: string;
}

/** What Jest's global set-up leaves for its global tear-down. */
export type RunningBackends = typeof globalThis & { stopBackends?: () => Promise<void> };

const variable = 'WAYMARK_TEST_BACKENDS';

export function publishBackends(backends: Partial<BackendUrls>): void {
  process.env[variable] = JSON.stringify(backends);
}

/** What is there. A part is missing where this machine lacks what it takes, and start-backends.ts has said so. */
const backends: Partial<BackendUrls> = JSON.parse(process.env[variable] ?? '{}');

/** `describe`, or `describe.skip` where one of these is missing. In CI none is. */
export function describeWith(...names: readonly (keyof BackendUrls)[]): jest.Describe {
  return names.every((name) => backends[name] !== undefined) ? describe : describe.skip;
}

/** For the tests inside {@link describeWith}. */
export function backend<Name extends keyof BackendUrls>(name: Name): BackendUrls[Name] {
  const found = backends[name];
  if (found === undefined) throw new Error(`${name} is not running`);
  return found as BackendUrls[Name]; // just checked
}
