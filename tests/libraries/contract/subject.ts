// A library in the contract: how it is opened, the calls that it is to make, and the spans that these get.
import type { Service, ServiceName } from '../../services/service.ts';

/** `Module` is what `require()` returns, and `Client` what the calls are made on. */
export interface Subject<Module = unknown, Client = unknown> {
  readonly name: string;
  /** The library that makes the spans, by its name in the option `libraries`. */
  readonly library: string;
  /** As tests/libraries/package.json names them: the oldest version that is traced first, the newest last. */
  readonly modules: readonly string[];
  readonly service: ServiceName;
  /** Whether a version needs a later Node. */
  isMissingOn?(module: string, nodeMajor: number): boolean;
  /** Whether a version is traced only where its files are found in the process, which Jest hides. */
  isOnlyFound?(module: string): boolean;
  /** Whether the spans of a version do not say where the server is. */
  hidesServer?(module: string): boolean;
  /** Traces the exports of the module by the public function. */
  trace(libraries: typeof import('@waymark/core/libraries'), moduleExports: Module): unknown;
  /** Connects, with a pool of that size where the library has one. */
  open(moduleExports: Module, server: Service, poolSize: number): Promise<Client>;
  close(client: Client): Promise<unknown>;
  /** By their titles: the form, such as callback, and the end, such as error. */
  readonly calls: Readonly<Record<string, Call<Client>>>;
}

export interface Call<Client = unknown> {
  /** Whether a version of the library cannot make the call, traced or not. */
  isMissingIn?(module: string): boolean;
  /** The spans directly below the caller in the order of their start, as run-calls.ts draws them, with `after` for those of `after()`. */
  readonly spans: readonly string[];
  /**
   * Makes the call. Its promise is resolved in the end, also if the call fails as it should.
   *
   * @param canary A literal or a value for the call, which must not be recorded.
   * @param after To be called in each callback, and after each `await`. It makes a span.
   */
  make(client: Client, canary: string, after: () => void): Promise<unknown>;
}

/** For a call that is to fail. */
export async function failure(call: PromiseLike<unknown>): Promise<void> {
  const error = await call.then(
    () => undefined,
    (reason) => reason,
  );
  if (error === undefined) throw new Error('The call did not fail.');
}

/** For a function that takes a callback, which is to get an error, or none. */
export function calledBack(
  end: 'success' | 'error',
  after: () => void,
  call: (callback: (error: unknown) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => {
      after();
      if ((error ? 'error' : 'success') === end) resolve();
      else reject(error ?? new Error('The call did not fail.'));
    });
  });
}

/** Reads a stream or a cursor to its end. */
export async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

/** The calls that a version can make. */
export function callsOf<Client>(subject: Subject<never, Client>, module: string): [string, Call<Client>][] {
  return Object.entries(subject.calls).filter(([, call]) => call.isMissingIn?.(module) !== true);
}
