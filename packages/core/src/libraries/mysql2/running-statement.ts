/**
 * What the method of a connection passes to the channel that mysql2 publishes on while the method runs. The channel's message has the
 * statement with the values in it, and not how its rows are returned.
 */
import type { Operation } from '../operation.ts';

export interface RunningStatement {
  /** As the application gave it. */
  readonly text: string;
  readonly isRowsAsArray: boolean;
  /** Set by the channel. */
  operation: Operation | undefined;
}

let running: RunningStatement | undefined;

/** The statement whose method runs now, for the channel. */
export function takeRunning(): RunningStatement | undefined {
  const taken = running;
  running = undefined; // one method, one message
  return taken;
}

/** @returns What ran before, for {@link leave}. */
export function enter(statement: RunningStatement): RunningStatement | undefined {
  const outer = running;
  running = statement;
  return outer;
}

export function leave(outer: RunningStatement | undefined): void {
  running = outer;
}
