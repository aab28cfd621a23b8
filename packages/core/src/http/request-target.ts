/** Path and query of a request target, in any of its forms (RFC 9112, section 3.2). */

/** `/` where the target has none. */
export function pathOf(target: string): string {
  const question = target.indexOf('?');
  const path = withoutFragment(target.slice(startOfPath(target), question === -1 ? undefined : question));
  return path === '' ? '/' : path;
}

/** Without its `?`; empty where the target has none. */
export function queryOf(target: string): string {
  const question = target.indexOf('?');
  return question === -1 ? '' : withoutFragment(target.slice(question + 1));
}

/** A target should have no fragment. If a client sends one, it may contain an access token. */
function withoutFragment(part: string): string {
  const hash = part.indexOf('#');
  return hash === -1 ? part : part.slice(0, hash);
}

function startOfPath(target: string): number {
  if (target.charCodeAt(0) === slash) return 0;
  const authority = target.indexOf('://');
  if (authority === -1) return 0;
  const path = target.indexOf('/', authority + 3);
  return path === -1 ? target.length : path;
}

const slash = 47;
