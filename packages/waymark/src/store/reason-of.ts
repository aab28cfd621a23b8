/** Reads an error by its properties, not by its class: in Jest, Node's own errors come from another realm. */
export function reasonOf(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
  return String(message).replace(/\.$/, '');
}
