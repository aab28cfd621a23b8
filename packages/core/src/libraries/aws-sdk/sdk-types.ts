/** What is used of the AWS SDK for JavaScript, version 3. The same in all its releases since 2020. */

/** The input of a command, as the application has written it. */
export type Input = Readonly<Record<string, unknown>>;

/** The output of a command. */
export type Output = Readonly<Record<string, unknown>>;

/** What the SDK passes from one middleware to the next. */
export interface CommandArguments {
  readonly input: Input;
  /** From the step `build` on. */
  readonly request?: unknown;
}

export interface Answer {
  readonly output: Output;
  /** The HTTP response. */
  readonly response?: unknown;
}

export type Handler = (args: CommandArguments) => Promise<Answer>;

export interface CommandContext {
  /** Such as `SQSClient`. A string of the SDK, so that a minifier does not change it. */
  readonly clientName?: string;
  /** Such as `SendMessageCommand`. */
  readonly commandName?: string;
}

export type Middleware = (next: Handler, context: CommandContext) => Handler;

export interface MiddlewareStack {
  add(middleware: Middleware, options: { step: string; name: string; priority: string; override: boolean }): void;
  clone(): MiddlewareStack;
}

export interface AwsClient {
  readonly config: object;
  readonly middlewareStack: MiddlewareStack;
}
