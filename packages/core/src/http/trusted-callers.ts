/** Ready-made rules for `trust`. Each rule passes callers that it does not trust to `otherwise`. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isToken } from '../baggage.ts';
import { invalidOption } from '../errors.ts';
import { TraceState } from '../propagation/tracestate.ts';
import { compileNetworks, type Network } from '../urls/networks.ts';
import { isTrustPolicy, type Trust, type TrustRule } from './trust.ts';

/** The policy, or the next rule, for callers that a rule does not trust. */
export interface Otherwise {
  /** Default `'link'`. */
  readonly otherwise?: Trust<unknown> | undefined;
}

/**
 * Trusts callers by address. The address at the other end of the connection must match. If the app trusts proxies, the client's
 * address behind them must match too. If the app runs behind a load balancer and does not trust it (Express's `trust proxy`,
 * Fastify's `trustProxy`), all callers have the load balancer's address: use another rule then.
 *
 * @param networks Default: loopback, and the private networks of RFC 1918 and RFC 4193. CIDR blocks for others.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` for a value that is not a network.
 * @example
 * app.use(tracing({ trust: trustPeers(['loopback', '10.20.0.0/16', 'fd00:20::/32']) }));
 */
export function trustPeers(
  networks: readonly Network[] = ['loopback', 'private'],
  { otherwise = 'link' }: Otherwise = {},
): TrustRule<unknown> {
  const isInside = Array.isArray(networks) && networks.length > 0 ? compileNetworks(networks) : undefined;
  if (isInside === undefined) {
    throw invalidOption(
      'trustPeers(networks)',
      networks,
      "an array of 'loopback', 'private', addresses and CIDR blocks",
      "Use ['loopback', '10.0.0.0/8'].",
    );
  }
  const isOurs = (address: string | undefined): boolean => address !== undefined && isInside(address);
  return ruleOf(otherwise, ({ peerAddress, clientAddress }) => isOurs(peerAddress) && isOurs(clientAddress));
}

/**
 * Trusts callers whose `tracestate` has a member that your own services add: see the option `traceStateMember`. Every reader of a
 * request between them can see the member. The value, if given, is what other callers have to guess.
 *
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` for a key or a value that tracestate cannot carry.
 * @example
 * const traceStateMember = { key: 'acme', value: process.env.TRACE_MEMBER };
 * app.use(tracing({ traceStateMember, trust: trustMember('acme', { value: traceStateMember.value }) }));
 */
export function trustMember(
  key: string,
  { value, otherwise = 'link' }: Otherwise & { readonly value?: string | undefined } = {},
): TrustRule<unknown> {
  if (typeof key !== 'string' || TraceState.empty.set(key, value ?? '1') === TraceState.empty) {
    throw invalidOption(
      'trustMember(key, { value })',
      value === undefined ? key : { key, value },
      'a key, and a value if there is one, that tracestate can carry',
      "Use lower-case letters and digits, such as trustMember('acme', { value: '7f3a' }).",
    );
  }
  const isExpected = value === undefined ? () => true : equalsAny([value]);
  return ruleOf(otherwise, ({ traceState }) => {
    const member = traceState?.get(key);
    return member !== undefined && isExpected(member);
  });
}

/**
 * Trusts callers that send a secret in a header, compared in constant time. Add the header in your gateway, or in the clients of
 * your services.
 *
 * @param secret At least 16 characters, since callers can guess. Give several while you replace one by another.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` for a value that is not a header name, and for secrets that are too short.
 * @example
 * app.use(tracing({ trust: trustHeader('x-acme-internal', process.env.INTERNAL_SECRET, { otherwise: 'ids' }) }));
 */
export function trustHeader(
  name: string,
  secret: string | readonly string[],
  { otherwise = 'link' }: Otherwise = {},
): TrustRule<unknown> {
  if (typeof name !== 'string' || !isToken(name)) {
    throw invalidOption('trustHeader(name)', name, 'the name of a header', "Use 'x-acme-internal'.");
  }
  const secrets: readonly unknown[] = Array.isArray(secret) ? secret : [secret];
  if (secrets.length === 0 || !secrets.every((each) => typeof each === 'string' && each.length >= leastSecretLength)) {
    // The value is not shown: it may be a real secret that is too short.
    const given = secrets.map((each) => (typeof each === 'string' ? `a string of ${each.length}` : typeof each));
    throw invalidOption(
      'trustHeader(name, secret)',
      given,
      `a string of at least ${leastSecretLength} characters, or an array of them`,
      'Use `openssl rand -hex 16` to make one.',
    );
  }
  const field = name.toLowerCase();
  const isSecret = equalsAny(secrets as readonly string[]); // checked above in the same function
  return ruleOf(otherwise, ({ headers }) => {
    const value = headers[field];
    return typeof value === 'string' && isSecret(value);
  });
}

const leastSecretLength = 16;

function ruleOf(
  otherwise: Trust<unknown>,
  isTrusted: (caller: Parameters<TrustRule<unknown>>[1]) => boolean,
): TrustRule<unknown> {
  if (typeof otherwise !== 'function' && !isTrustPolicy(otherwise)) {
    throw invalidOption('otherwise', otherwise, 'a policy or a rule', "Leave it out to use 'link'.");
  }
  return (request, caller) => {
    if (isTrusted(caller)) return 'continue';
    return typeof otherwise === 'function' ? otherwise(request, caller) : otherwise;
  };
}

/** Whether a string is one of these. Its time does not depend on how much of the string is right. */
function equalsAny(texts: readonly string[]): (text: string) => boolean {
  // Digests have equal length, which timingSafeEqual() requires, and hide the length of the secret.
  const digests = texts.map(digestOf);
  return (text) => {
    const digest = digestOf(text);
    return digests.map((expected) => timingSafeEqual(expected, digest)).includes(true);
  };
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
