/** Which collector a command talks to. */
import { type CollectorClient, connectTo } from './collector-client.ts';
import { type Arguments, type Option, readNumber, readText } from './read-arguments.ts';

export const defaultPort = 4318; // OTLP over HTTP

/** The options of commands that talk to a collector that runs. */
export const connectOptions: Readonly<Record<string, Option>> = {
  url: { type: 'string', value: 'URL', help: 'the collector; default http://localhost:4318, or WAYMARK_URL' },
  port: { type: 'string', short: 'p', value: 'NUMBER', help: 'the port of a collector on this machine' },
  token: { type: 'string', value: 'TEXT', help: 'the token that the collector wants; or WAYMARK_TOKEN' },
};

export type Environment = Readonly<Record<string, string | undefined>>;

export function findCollector(args: Arguments, env: Environment): CollectorClient {
  const port = readNumber(args, 'port', { min: 1, max: 65_535 });
  const url =
    readText(args, 'url') ??
    ((port === undefined && env.WAYMARK_URL) || // empty is unset
      `http://localhost:${port ?? defaultPort}`);
  return connectTo(
    /^https?:\/\//.test(url) ? url : `http://${url}`,
    readText(args, 'token') ?? (env.WAYMARK_TOKEN || undefined),
  );
}
