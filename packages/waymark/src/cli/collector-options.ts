/** The options of a collector that the command line starts. */
import { randomBytes } from 'node:crypto';
import type { CollectorOptions } from '../collector.ts';
import { isLoopback } from '../server/allowed-callers.ts';
import { CliError } from './cli-error.ts';
import type { Environment } from './command.ts';
import { defaultStorePath } from './default-store-path.ts';
import { type Arguments, type Option, readBytes, readDurationMs, readNumber, readText } from './read-arguments.ts';

export const collectorOptions: Readonly<Record<string, Option>> = {
  port: { type: 'string', short: 'p', value: 'NUMBER', help: 'for OTLP, Zipkin, the viewer; default 4318; 0: any' },
  'zipkin-port': {
    type: 'string',
    value: 'NUMBER',
    help: 'a second port for Zipkin; default 9411; none: no such port',
  },
  host: { type: 'string', value: 'ADDRESS', help: 'where to listen; default: this machine only' },
  token: { type: 'string', value: 'TEXT', help: 'what senders and readers must show; made up for another --host' },
  memory: { type: 'boolean', help: 'keep traces in memory, not in a file' },
  db: { type: 'string', value: 'FILE', help: 'where to keep traces; default: in your data directory' },
  'max-size': { type: 'string', value: 'SIZE', help: 'of all that is kept; default 512mb' },
  'max-spans': { type: 'string', value: 'NUMBER', help: 'default 1000000' },
  'max-age': { type: 'string', value: 'DURATION', help: 'default 7d' },
};

export function readCollectorOptions(args: Arguments, env: Environment): CollectorOptions {
  const port = readNumber(args, 'port', { min: 0, max: 65_535 });
  const host = readText(args, 'host');
  const path = readText(args, 'db');
  const isInMemory = args.values.memory === true;
  if (isInMemory && path !== undefined) throw new CliError('WAYMARK_USAGE', 'Give --memory or --db, not both.');
  const isOpen = host !== undefined && !isLoopback(host);
  const token =
    readText(args, 'token') ?? (env.WAYMARK_TOKEN || (isOpen ? randomBytes(18).toString('base64url') : undefined)); // empty is unset
  const maxBytes = readBytes(args, 'max-size');
  const maxSpans = readNumber(args, 'max-spans', { min: 1, max: Number.MAX_SAFE_INTEGER });
  const maxAgeMs = readDurationMs(args, 'max-age');
  return {
    ...(port !== undefined && { port }),
    ...readZipkinPort(args),
    ...(host !== undefined && { host }),
    ...(token !== undefined && { token }),
    ...(!isInMemory && { path: path ?? defaultStorePath(env) }),
    limits: {
      ...(maxBytes !== undefined && { maxBytes }),
      ...(maxSpans !== undefined && { maxSpans }),
      ...(maxAgeMs !== undefined && { maxAgeMs }),
    },
  };
}

function readZipkinPort(args: Arguments): Pick<CollectorOptions, 'zipkinPort'> {
  if (args.values['zipkin-port'] === 'none') return { zipkinPort: 'none' };
  const zipkinPort = readNumber(args, 'zipkin-port', { min: 0, max: 65_535 });
  return zipkinPort === undefined ? {} : { zipkinPort };
}
