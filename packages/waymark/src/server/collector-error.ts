/** The error of a collector that cannot start. */
import type { PortOwner } from './port-owner.ts';

/** Why a collector could not start. The message says what to do. */
export class CollectorError extends Error {
  /** Stable: compare this and not the message. */
  readonly code: 'WAYMARK_PORT_TAKEN' | 'WAYMARK_TOKEN_MISSING' | 'WAYMARK_INVALID_OPTION';
  /** The program that has the port, if the port is taken. */
  readonly owner: PortOwner | undefined;
  /** The next free port, if the port is taken. */
  readonly nextFreePort: number | undefined;

  constructor(
    code: CollectorError['code'],
    message: string,
    {
      owner,
      nextFreePort,
      cause,
    }: { readonly owner?: PortOwner; readonly nextFreePort?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(`${message} (${code})`, { cause });
    this.name = 'CollectorError';
    this.code = code;
    this.owner = owner;
    this.nextFreePort = nextFreePort;
  }
}
