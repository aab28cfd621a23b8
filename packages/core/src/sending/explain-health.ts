/** Explains, in full sentences, why a receiver did not accept a span: what happened, and what to do. */
import { shorten } from './answer-text.ts';
import {
  codeOf,
  describeError,
  explainProxy,
  isPlainToTls,
  isTooLarge,
  ProxyError,
  type ReceiverWords,
  showLocation,
  TimeoutError,
} from './explain-failure.ts';
import type { Answer, HttpPostOptions } from './http-post.ts';
import { identifyListener, isHttp2, isTls, type Listener } from './identify-listener.ts';
import type { FailedRequest } from './request-once.ts';

export interface Finding {
  /** Default `false`: most findings are faults. */
  readonly ok?: boolean;
  readonly message: string;
  readonly remedy?: string;
}

/** Explains that there was no answer. Where the error does not say why, it probes which protocol the address speaks. */
export async function explainClosedDoor(
  { error, wasConnected }: FailedRequest,
  url: URL,
  { words, proxy }: Pick<HttpPostOptions, 'words' | 'proxy'>,
  timeoutMs: number,
): Promise<Finding> {
  if (proxy !== undefined && error instanceof ProxyError) {
    const { what, remedy } = explainProxy(error, proxy);
    return { message: what, remedy: `${remedy.charAt(0).toUpperCase()}${remedy.slice(1)}.` };
  }
  // Behind a proxy, the address itself usually cannot be probed.
  const identify = async (): Promise<Listener> =>
    proxy === undefined ? identifyListener(url, Math.min(timeoutMs, longestGreetingMs)) : 'unknown';
  const { address, usualPort, certificate } = words;
  const { host, hostname, protocol } = url;
  const code = codeOf(error);
  if (error instanceof TimeoutError) {
    return wasConnected
      ? {
          message: `${host} accepts the connection, but did not answer within ${timeoutMs} ms`,
          remedy: 'Look at the receiver: it is overloaded, or what listens there is none.',
        }
      : {
          message: `${host} cannot be reached: no connection within ${timeoutMs} ms`,
          remedy: `Check the address in ${address}, and firewalls in between.`,
        };
  }
  if (code === 'ECONNREFUSED') {
    const isLocal = /^(localhost|127\.|\[::1\])/.test(hostname);
    return {
      message: `nothing listens at ${host}`,
      remedy: `Start a receiver there, or set ${address} to the address of one.${isLocal ? inContainer : ''}`,
    };
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return { message: `the host name ${hostname} cannot be resolved`, remedy: `Check it in ${address}.` };
  }
  if (/^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN)$/.test(code)) {
    return { message: `there is no route to ${host} (${code})`, remedy: `Check the address in ${address}.` };
  }
  if (/NO_APPLICATION_PROTOCOL/.test(code)) return grpcPort(host, words);
  if (/^(EPROTO|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG)$/.test(code)) {
    if ((await identify()) === 'http2') return grpcPort(host, words);
    return {
      message: `${host} does not use TLS`,
      remedy: `Begin the address in ${address} with http:// in place of https://.`,
    };
  }
  if (/(CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNKNOWN_CA)$/.test(code)) {
    return {
      message: `${host} refuses the client's certificate, or requires one: ${describeError(error)}`,
      remedy: `Give clientKey and clientCertificate, or the variables next to ${certificate}.`,
    };
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return {
      message: `the certificate of ${host} is not valid now: ${describeError(error)}`,
      remedy: "Renew it, if this machine's clock is right.",
    };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      message: `the certificate of ${host} is for another name`,
      remedy: `Use a name of the certificate in ${address}.`,
    };
  }
  if (/^(DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|CERT_)/.test(code)) {
    return {
      message: `the certificate of ${host} is not trusted: ${describeError(error)}`,
      remedy: `Give the authority's certificate in ${certificate}.`,
    };
  }
  const { rawPacket } = error as { rawPacket?: unknown }; // what Node's parser of HTTP could not read
  const answer = Buffer.isBuffer(rawPacket) ? rawPacket : Buffer.alloc(0);
  if (isHttp2(answer)) return grpcPort(host, words);
  if (isTls(answer)) return wantsTls(host, words);
  const hungUp = /^(ECONNRESET|EPIPE|ECONNABORTED)$/.test(code);
  const listener = hungUp ? await identify() : 'unknown';
  if (listener === 'http2') return grpcPort(host, words);
  if (listener === 'tls' && protocol === 'http:') return wantsTls(host, words);
  if (code.startsWith('HPE_')) {
    return {
      message: `${host} answers, but not in HTTP: ${describeError(error)}`,
      remedy: `Check the port in ${address}; it is usually ${usualPort}.`,
    };
  }
  if (hungUp && wasConnected) {
    return {
      message: `${host} accepted the connection, and closed it before the answer was complete: ${describeError(error)}`,
      remedy: `Check the receiver, and proxies in front of it; its port is in ${address}, and usually ${usualPort}.`,
    };
  }
  return { message: `${host}: ${describeError(error)}` };
}

// A server that greets does so at once. This time is added to the time for the answer.
const longestGreetingMs = 1000;

const inContainer = ' In a container, localhost is the container itself.';

function grpcPort(host: string, { address, usualPort }: ReceiverWords): Finding {
  return {
    message: `${host} speaks HTTP/2 only: this is a port for gRPC`,
    remedy: `Use the receiver's port for HTTP in ${address}; it is usually ${usualPort}.`,
  };
}

function wantsTls(host: string, { address }: ReceiverWords): Finding {
  return {
    message: `${host} expects TLS`,
    remedy: `Begin the address in ${address} with https:// in place of http://.`,
  };
}

// The answers of gRPC servers in Node and Go to other requests.
const grpcOnly = /expected `h2` to be available|invalid gRPC request/;

/** Explains an answer that is not 2xx. */
export function explainRefusal(
  answer: Answer,
  errorMessage: string | undefined,
  { host, pathname }: URL,
  words: ReceiverWords,
): Finding {
  const { status, headers, body } = answer;
  if (isPlainToTls(answer)) return wantsTls(host, words);
  if (headers['grpc-status'] !== undefined || grpcOnly.test(body.toString())) return grpcPort(host, words);
  const text = errorMessage === undefined ? '' : `: ${shorten(errorMessage)}`;
  const message = `${host} answered ${status}${text}`;
  if (status === 404 || status === 405) {
    return {
      message: `${host} does not accept traces at ${pathname} (${status})`,
      remedy: remedyForPath(pathname, words),
    };
  }
  if (status >= 300 && status < 400) {
    return {
      message: `${host} redirects to ${showLocation(headers.location)} (${status}), and redirects are not followed`,
      remedy: pathname.endsWith(words.usualPath)
        ? `Set ${words.address} to the final address.`
        : remedyForPath(pathname, words),
    };
  }
  if (isTooLarge(status, errorMessage ?? '')) {
    return { message, remedy: 'One span is too large for it: raise its limit for the size of a request.' };
  }
  const remedy = remedies[status]?.(words) ?? (status >= 500 ? 'Look at the receiver: it is in trouble.' : undefined);
  return { message, ...(remedy !== undefined && { remedy }) };
}

const remedies: Readonly<Record<number, (words: ReceiverWords) => string>> = {
  101: ({ address, usualPort }) =>
    `It switches to another protocol: check the port in ${address}; it is usually ${usualPort}.`,
  401: ({ headers }) => `It requires credentials: give them in ${headers}.`,
  403: ({ headers }) => `It refuses the credentials: check them in ${headers}.`,
  407: () => 'A proxy requires credentials: give user and password in its URL, as in http://user:password@host:port.',
  415: ({ format }) => `It does not read this format: see ${format}.`,
  429: () => 'It takes no more for now: send less, or raise its limits.',
};

function remedyForPath(pathname: string, { address, usualPath }: ReceiverWords): string {
  if (pathname.endsWith(usualPath + usualPath)) return `The path has ${usualPath} twice: remove it from ${address}.`;
  if (!pathname.endsWith(usualPath)) return `The path is usually ${usualPath}, and a full address is used as it is.`;
  return `Is this the receiver? Its port is in ${address}; another server may listen there.`;
}
