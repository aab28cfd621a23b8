/** Finds the collector for a command. */
import { CliError } from './cli-error.ts';
import { type CollectorClient, connectTo } from './collector-client.ts';
import type { Environment } from './command.ts';
import { type Arguments, type Option, readNumber, readText } from './read-arguments.ts';

export const defaultPort = 4318; // OTLP over HTTP

/** Options of the commands that need a running collector. */
export const connectOptions: Readonly<Record<string, Option>> = {
  url: { type: 'string', value: 'URL', help: 'default: WAYMARK_URL, or http://localhost:4318' },
  port: { type: 'string', short: 'p', value: 'NUMBER', help: 'the port of a collector on this machine' },
  token: { type: 'string', value: 'TEXT', help: 'the token of the collector; default: WAYMARK_TOKEN' },
};

/** @param signal Aborts the requests. */
export function findCollector(args: Arguments, env: Environment, signal?: AbortSignal): CollectorClient {
  const port = readNumber(args, 'port', { min: 1, max: 65_535 });
  const given = readText(args, 'url');
  if (given !== undefined && port !== undefined)
    throw new CliError('WAYMARK_USAGE', 'Give either --url or --port, not both.');
  const fromEnvironment = port === undefined ? env.WAYMARK_URL || undefined : undefined; // an empty variable counts as unset
  const text = given ?? fromEnvironment ?? `http://localhost:${port ?? defaultPort}`;
  return connectTo(readUrl(text, given === undefined ? 'WAYMARK_URL' : '--url'), {
    token: readText(args, 'token') ?? (env.WAYMARK_TOKEN || undefined),
    signal,
  });
}

/** Also accepts `localhost:4318`. Removes the path of a screen of the viewer. */
function readUrl(text: string, name: string): string {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new CliError('WAYMARK_USAGE', `${name} must be an address such as http://localhost:4318, got "${text}".`);
  }
  return url.origin + url.pathname.replace(/\/(?:(?:traces?|services|map|errors|compare|operations)(?:\/.*)?)?$/, '');
}
