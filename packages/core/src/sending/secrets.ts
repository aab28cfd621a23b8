/** Keeps secrets out of messages: a receiver may repeat the headers that it was sent, and its answer is shown. */
import type { ProxySettings } from '../settings/proxy.ts';
import { proxySecrets } from './http-client.ts';

/** The parts of a request that may contain secrets. */
export interface SecretHolder {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly proxy?: ProxySettings | undefined;
}

// A shorter value may be an ordinary word of the message.
const minSecretLength = 6;

/** What a message must not show: the values of headers, the credentials without `Bearer` too, and passwords. */
export function secretsOf({ headers, url, proxy }: SecretHolder): string[] {
  const { 'user-agent': _, ...secret } = headers;
  const values = Object.values(secret).flatMap((value) => [value, value.split(' ').at(-1) ?? '']);
  return [...values, new URL(url).password, ...proxySecrets(proxy)].filter(({ length }) => length >= minSecretLength);
}

export function withoutSecrets(message: string, secrets: readonly string[]): string {
  return secrets.reduce((safe, secret) => safe.replaceAll(secret, 'REDACTED'), message);
}
