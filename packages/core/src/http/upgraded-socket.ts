/** Ends the span of a request that has become another connection with its socket, unless it ends before. */
import type { Socket } from 'node:net';

interface Finishing {
  finish(): void;
}

const listeners = new WeakMap<Finishing, () => void>();

export function finishWithSocket(span: Finishing, socket: Socket): void {
  const onClose = () => span.finish();
  listeners.set(span, onClose);
  socket.once('close', onClose);
}

/** Lets go of the socket: it may stay open for days. */
export function leaveSocket(span: Finishing, socket: Socket): void {
  const onClose = listeners.get(span);
  if (onClose !== undefined) socket.removeListener('close', onClose);
}
