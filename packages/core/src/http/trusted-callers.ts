/** Ready-made rules for `trust`: who is one of ours. Each hands those who are not on to `otherwise`. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isToken } from '../baggage.ts';
import { invalidOption } from '../errors.ts';
import { TraceState } from '../propagation/tracestate.ts';
import { compileNetworks, type Network } from '../urls/networks.ts';
import { isTrustPolicy, type Trust, type TrustRule } from './trust.ts';

/** What becomes of callers that a rule does not trust: a policy, or another rule to ask. */
export interface Otherwise {
  /** Default `'link'`. */
  readonly otherwise?: Trust<unknown> | undefined;
}

/**
 * Trusts callers by address: that at the other end of the connection, and where the app trusts proxies, the one behind them
 * as well. Behind a load balancer that the app has not been told to trust (Express's `trust proxy`, Fastify's `trustProxy`),
 * everybody has the load balancer's address: use another rule there.
 *
 * @param networks Default: loopback, and the private networks of RFC 1918 and RFC 4193. CIDR blocks for others.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` for what is no network.
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
 * Trusts callers whose `tracestate` has a member that our own services add: see the option `traceStateMember`. It is no
 * secret from whoever sees a request between them; the value, if given, is what others have to guess.
 *
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` for what cannot stand in a tracestate.
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
 * Trusts callers that send a secret in a header, compared in constant time. Who adds it to the requests is up to you: a
 * gateway, or our services' own clients.
 *
 * @param secret Several while one takes the place of another. At least 16 characters each, as it can be guessed at.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` for what is no header name, and for secrets that are too short.
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
    // The value is not shown: it may be a secret that is merely too short.
    const given = secrets.map((each) => (typeof each === 'string' ? `a text of ${each.length}` : typeof each));
    throw invalidOption(
      'trustHeader(name, secret)',
      given,
      `a text of at least ${leastSecretLength} characters, or an array of them`,
      'Use `openssl rand -hex 16` to make one.',
    );
  }
  const field = name.toLowerCase();
  const isSecret = equalsAny(secrets as readonly string[]); // just checked
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

/** Whether a text is one of these, in a time that tells nothing of how much of it is right. */
function equalsAny(texts: readonly string[]): (text: string) => boolean {
  // Digests are of one length, which timingSafeEqual() asks for, and keep the secret's to itself.
  const digests = texts.map(digestOf);
  return (text) => {
    const digest = digestOf(text);
    return digests.map((expected) => timingSafeEqual(expected, digest)).includes(true);
  };
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
