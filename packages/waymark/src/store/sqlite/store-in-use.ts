export class StoreInUse extends Error {
  readonly code: 'WAYMARK_STORE_IN_USE' = 'WAYMARK_STORE_IN_USE';
  /** `undefined` if the owner has no number here, as for a process in another container. */
  readonly pid: number | undefined;

  constructor(path: string, pid: number | undefined) {
    const owner = pid === undefined ? 'another process' : pid === process.pid ? 'this process' : `process ${pid}`;
    super(
      `${path} is in use by ${owner}. Send to that collector, stop it, or choose another file (--db) or none (--memory).`,
    );
    this.name = 'StoreInUse';
    this.pid = pid;
  }
}
