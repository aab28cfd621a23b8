/**
 * Requests of `node:http` whose head is rendered when they are made: those with array headers, and those with `Expect`. `setHeader()`
 * throws for them, though nothing has been sent: the head waits as text until there is a connection.
 *
 * The text is in fields that Node does not document, so each is looked at before it is changed. Where they differ from what is known,
 * the request stays as it is, and that is counted. Seen so on Node 20, 22, 24 and 26.
 */

/** Node's `OutgoingMessage`, as far as it is used here. */
export interface RenderedRequest {
  _header?: unknown;
  /** Whether the head is in `outputData`: that of `Expect` is. */
  readonly _headerSent?: unknown;
  readonly outputData?: unknown;
  outputSize?: unknown;
}

/** Whether the head is here still, and where it is expected. */
export function isHeadHere(request: RenderedRequest): boolean {
  const { _header: head, _headerSent: isQueued, outputData } = request;
  if (typeof head !== 'string' || !head.endsWith('\r\n\r\n') || !Array.isArray(outputData)) return false;
  return isQueued === true ? outputData.length === 1 && outputData[0]?.data === head : outputData.length === 0;
}

export function headOf({ _header: head }: RenderedRequest): string {
  return typeof head === 'string' ? head : '';
}

/** Only for a request whose head is here. */
export function changeHead(request: RenderedRequest, change: (head: string) => string): void {
  const before = headOf(request);
  const after = change(before);
  request._header = after;
  const [queued] = request.outputData as { data: string }[]; // looked at by isHeadHere
  if (queued === undefined) return;
  queued.data = after;
  if (typeof request.outputSize === 'number') request.outputSize += after.length - before.length;
}
