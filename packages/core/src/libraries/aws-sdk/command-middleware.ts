/** The middleware around each command of the AWS SDK: its span, and the context that its messages carry. */
import { withContext } from '../../active-context.ts';
import { contained, countFault } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import { tracedCaller } from '../caller.ts';
import { Operation } from '../operation.ts';
import type { ClientFacts } from './client-facts.ts';
import type { Answer, CommandArguments, CommandContext, Handler, Middleware } from './sdk-types.ts';
import type { Command } from './service.ts';
import { serviceOf } from './services.ts';

/** Starts and ends the span. In the step `initialize`, which is before the attempts, and in the context of the code that calls `send()`. */
export function commandMiddleware(client: ClientFacts): Middleware {
  return (next, context) => (args) => {
    let traced: TracedCommand | undefined;
    try {
      traced = beginCommand(client, context, args);
    } catch (error) {
      countFault(error);
    }
    return traced === undefined ? next(args) : runCommand(traced, next);
  };
}

interface TracedCommand {
  readonly client: ClientFacts;
  readonly command: Command;
  /** `undefined`: the command has no span, but its message carries a context. */
  readonly operation: Operation | undefined;
  /** Those of the SDK, or a copy. */
  readonly args: CommandArguments;
}

function beginCommand(client: ClientFacts, context: CommandContext, args: CommandArguments): TracedCommand | undefined {
  const { clientName, commandName } = context;
  if (clientName === undefined || commandName === undefined) return undefined;
  const command: Command = {
    service: withoutEnd(clientName, 'Client'),
    name: withoutEnd(commandName, 'Command'),
    input: args.input,
  };
  const service = serviceOf(command.service);
  const caller = tracedCaller('aws-sdk');
  let operation: Operation | undefined;
  if (caller !== undefined) {
    const method = `${command.service}/${command.name}`;
    const attributes = ['rpc.method', method];
    const { name = method, kind = 'client' } = service?.describe(command, attributes) ?? {};
    operation = Operation.begin(caller, { library: 'aws-sdk', name, kind, attributes, shared: client.shared });
  }
  const input = service?.prepare?.(command, operation) ?? args.input;
  if (operation === undefined && input === args.input && service?.note === undefined) return undefined;
  return { client, command, operation, args: input === args.input ? args : { ...args, input } };
}

function withoutEnd(name: string, end: string): string {
  return name.endsWith(end) ? name.slice(0, -end.length) : name;
}

function runCommand({ client, command, operation, args }: TracedCommand, next: Handler): Promise<Answer> {
  if (operation === undefined) return noted(command, next(args));
  let answer: Promise<Answer>;
  try {
    answer = withContext(operation.context(), () => next(args));
  } catch (error) {
    fail(operation, command, error);
    throw error;
  }
  return answer.then(
    (result) => {
      client.setRegion(operation);
      return succeed(operation, command, result) ?? result;
    },
    (error) => {
      client.setRegion(operation);
      fail(operation, command, error);
      throw error;
    },
  );
}

function noted(command: Command, answer: Promise<Answer>): Promise<Answer> {
  if (serviceOf(command.service)?.note === undefined) return answer;
  return answer.then((result) => {
    note(command, result);
    return result;
  });
}

const note = contained((command: Command, { output }: Answer) => serviceOf(command.service)?.note?.(command, output));

/** @returns Another answer, if the span ends with the stream of it. */
const succeed = contained((operation: Operation, command: Command, answer: Answer): Answer | undefined => {
  let changed: Answer | undefined;
  try {
    note(command, answer);
    describeAnswer(operation, readProperty(answer.output, '$metadata'));
    const outcome = serviceOf(command.service)?.finish?.(command, operation, answer);
    if (outcome !== undefined && 'failure' in outcome) operation.fail(outcome.failure);
    else changed = outcome?.answer;
  } finally {
    if (changed === undefined) operation.end();
  }
  return changed;
});

const fail = contained((operation: Operation, command: Command, error: unknown): void => {
  try {
    describeAnswer(operation, readProperty(error, '$metadata'));
  } finally {
    // The names of DynamoDB's errors are its status codes.
    const name = readProperty(error, 'name');
    const isDatabase = command.service === 'DynamoDB' && readProperty(error, '$fault') !== undefined;
    operation.fail(error, isDatabase && typeof name === 'string' ? name : undefined);
  }
});

/** @see https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/Package/-smithy-types/TypeAlias/ResponseMetadata/ */
function describeAnswer(operation: Operation, metadata: unknown): void {
  const { requestId, extendedRequestId, httpStatusCode, attempts } = (metadata ?? {}) as Readonly<
    Record<string, unknown>
  >;
  if (typeof requestId === 'string') operation.set('aws.request_id', requestId);
  if (typeof extendedRequestId === 'string') operation.set('aws.extended_request_id', extendedRequestId);
  if (typeof httpStatusCode === 'number') operation.set('http.response.status_code', httpStatusCode);
  if (typeof attempts === 'number' && attempts > 1) operation.set('aws.sdk.attempts', attempts);
}
