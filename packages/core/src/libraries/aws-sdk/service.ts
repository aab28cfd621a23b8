/** What a service of AWS adds to the spans of its commands. */
import type { AttributeList } from '../../attributes.ts';
import type { SpanKind } from '../../span-kind.ts';
import type { Operation } from '../operation.ts';
import type { Answer, Input, Output } from './sdk-types.ts';

/** A command that is sent. */
export interface Command {
  /** Such as `DynamoDB`. */
  readonly service: string;
  /** Such as `GetItem`. */
  readonly name: string;
  /** Of the application: it is never changed. */
  readonly input: Input;
}

export interface Service {
  /**
   * Adds the attributes of the service.
   *
   * @returns Name and kind of the span, if they are not those of all commands.
   */
  describe(
    command: Command,
    attributes: AttributeList,
  ): { readonly name?: string; readonly kind?: SpanKind } | undefined;
  /** A copy of the input that carries the context; `undefined` if it stays as it is. Called for commands without a span, too. */
  prepare?(command: Command, operation: Operation | undefined): Input | undefined;
  /** Looks at the output of any command, also of one without a span. */
  note?(command: Command, output: Output): void;
  /** Adds what the answer says. The span then ends, unless it fails, or ends with the stream of another answer. */
  finish?(command: Command, operation: Operation, answer: Answer): Outcome | undefined;
}

/** An answer that says that something failed; or an answer in the place of the SDK's, whose stream ends the span. */
export type Outcome = { readonly failure: Failure } | { readonly answer: Answer };

/** A failure that the SDK does not throw. */
export interface Failure {
  readonly name: string;
  readonly message: string;
}
