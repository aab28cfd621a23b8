/** Why a collector does not start. */
import type { PortOwner } from './port-owner.ts';

export class CollectorError extends Error {
  readonly code: 'WAYMARK_PORT_TAKEN' | 'WAYMARK_TOKEN_MISSING' | 'WAYMARK_INVALID_OPTION';
  /** Who has the port, if it is taken. */
  readonly owner: PortOwner | undefined;
  /** The next port that is free, if the one that was asked for is not. */
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
