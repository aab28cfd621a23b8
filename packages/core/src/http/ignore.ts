/** Compiles the option `ignore`: which requests get no span. */
import { invalidOption } from '../errors.ts';

/** A path, which must be equal; a pattern for paths; or a function of the framework's request. */
export type IgnoreRule<Request> = string | RegExp | ((request: Request) => boolean);

/** One rule or several: a request is ignored if one of them matches. */
export type Ignore<Request> = IgnoreRule<Request> | readonly IgnoreRule<Request>[];

export type IsIgnored<Request> = (request: Request, path: string) => boolean;

/**
 * @returns `undefined` if there is nothing to ignore.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` for a rule of another kind.
 */
export function compileIgnore<Request>(ignore: Ignore<Request> | undefined): IsIgnored<Request> | undefined {
  if (ignore === undefined) return undefined;
  const rules = (Array.isArray(ignore) ? ignore : [ignore]) as readonly IgnoreRule<Request>[]; // isArray drops readonly
  const paths = new Set<string>();
  const patterns: RegExp[] = [];
  const functions: ((request: Request) => boolean)[] = [];
  for (const rule of rules) {
    if (typeof rule === 'string' && rule.startsWith('/')) paths.add(rule);
    // `g` and `y` make a pattern remember where it stopped: it would miss every second request.
    else if (rule instanceof RegExp) patterns.push(new RegExp(rule.source, rule.flags.replace(/[gy]/g, '')));
    else if (typeof rule === 'function') functions.push(rule);
    else {
      throw invalidOption(
        'ignore',
        rule,
        'a path that begins with /, a RegExp, a function, or an array of these',
        "Use ['/healthz', /^\\/internal\\//].",
      );
    }
  }
  return (request, path) =>
    paths.has(path) || patterns.some((pattern) => pattern.test(path)) || functions.some((fn) => fn(request) === true);
}
