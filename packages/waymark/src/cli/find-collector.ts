/** Which collector a command talks to. */
import { CliError } from './cli-error.ts';
import { type CollectorClient, connectTo } from './collector-client.ts';
import type { Environment } from './command.ts';
import { type Arguments, type Option, readNumber, readText } from './read-arguments.ts';

export const defaultPort = 4318; // OTLP over HTTP

/** The options of commands that talk to a collector that runs. */
export const connectOptions: Readonly<Record<string, Option>> = {
  url: { type: 'string', value: 'URL', help: 'the collector; default http://localhost:4318, or WAYMARK_URL' },
  port: { type: 'string', short: 'p', value: 'NUMBER', help: 'the port of a collector on this machine' },
  token: { type: 'string', value: 'TEXT', help: 'the token that the collector wants; or WAYMARK_TOKEN' },
};

/** @param signal Ends the requests. */
export function findCollector(args: Arguments, env: Environment, signal?: AbortSignal): CollectorClient {
  const port = readNumber(args, 'port', { min: 1, max: 65_535 });
  const given = readText(args, 'url');
  if (given !== undefined && port !== undefined) throw new CliError('WAYMARK_USAGE', 'Give --url or --port, not both.');
  const fromEnvironment = port === undefined ? env.WAYMARK_URL || undefined : undefined; // empty is unset
  const text = given ?? fromEnvironment ?? `http://localhost:${port ?? defaultPort}`;
  return connectTo(readUrl(text, given === undefined ? 'WAYMARK_URL' : '--url'), {
    token: readText(args, 'token') ?? (env.WAYMARK_TOKEN || undefined),
    signal,
  });
}

/** `localhost:4318`, too. What the viewer's address has behind the port is left out. */
function readUrl(text: string, name: string): string {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new CliError('WAYMARK_USAGE', `${name} wants an address such as http://localhost:4318, got "${text}".`);
  }
  return url.origin + url.pathname.replace(/\/(?:(?:traces?|services|map|errors|compare|operations)(?:\/.*)?)?$/, '');
}
