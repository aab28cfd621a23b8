/**
 * Changes the head of `node:http` requests that Node renders when they are made: those with array headers, and those with `Expect`.
 * `setHeader()` throws for them although nothing has been sent: the head waits as a string until there is a connection.
 *
 * That string is in undocumented fields, so each is checked before it is changed. If they are not as expected, the request stays
 * unchanged, and that is counted. Checked on Node 20, 22, 24 and 26.
 */

/** The fields of Node's `OutgoingMessage` that this file uses. */
export interface RenderedRequest {
  _header?: unknown;
  /** Whether the head is in `outputData`, as that of a request with `Expect` is. */
  readonly _headerSent?: unknown;
  readonly outputData?: unknown;
  outputSize?: unknown;
}

/** Whether the head still waits in the request, in the expected fields. */
export function isHeadHere(request: RenderedRequest): boolean {
  const { _header: head, _headerSent: isQueued, outputData } = request;
  if (typeof head !== 'string' || !head.endsWith('\r\n\r\n') || !Array.isArray(outputData)) return false;
  return isQueued === true ? outputData.length === 1 && outputData[0]?.data === head : outputData.length === 0;
}

export function headOf({ _header: head }: RenderedRequest): string {
  return typeof head === 'string' ? head : '';
}

/** Only for a request for which {@link isHeadHere} is true. */
export function changeHead(request: RenderedRequest, change: (head: string) => string): void {
  const before = headOf(request);
  const after = change(before);
  request._header = after;
  const [queued] = request.outputData as { data: string }[]; // checked by isHeadHere
  if (queued === undefined) return;
  queued.data = after;
  if (typeof request.outputSize === 'number') request.outputSize += after.length - before.length;
}
