/** Options of the commands that start a collector. */
import { randomBytes } from 'node:crypto';
import type { CollectorOptions } from '../collector.ts';
import { isLoopback } from '../server/allowed-callers.ts';
import { CliError } from './cli-error.ts';
import type { Environment } from './command.ts';
import { defaultStorePath } from './default-store-path.ts';
import { type Arguments, type Option, readBytes, readDurationMs, readNumber, readText } from './read-arguments.ts';

export const collectorOptions: Readonly<Record<string, Option>> = {
  port: { type: 'string', short: 'p', value: 'NUMBER', help: 'for OTLP, Zipkin, the viewer; 0: any; default 4318' },
  'zipkin-port': {
    type: 'string',
    value: 'NUMBER',
    help: 'second port for Zipkin, or none; default 9411',
  },
  host: { type: 'string', value: 'ADDRESS', help: 'address to listen at; default: this machine only' },
  token: { type: 'string', value: 'TEXT', help: 'clients need it; generated if --host is set' },
  memory: { type: 'boolean', help: 'keep traces in memory instead of a file' },
  db: { type: 'string', value: 'FILE', help: 'file for traces; default: in your data directory' },
  'max-size': { type: 'string', value: 'SIZE', help: 'maximum size of all traces; default 512mb' },
  'max-spans': { type: 'string', value: 'NUMBER', help: 'maximum number of spans; default 1000000' },
  'max-age': { type: 'string', value: 'DURATION', help: 'delete older traces; default 7d' },
};

export function readCollectorOptions(args: Arguments, env: Environment): CollectorOptions {
  const port = readNumber(args, 'port', { min: 0, max: 65_535 });
  const host = readText(args, 'host');
  const path = readText(args, 'db');
  const isInMemory = args.values.memory === true;
  if (isInMemory && path !== undefined) throw new CliError('WAYMARK_USAGE', 'Give --memory or --db, not both.');
  const isOpen = host !== undefined && !isLoopback(host);
  const token =
    readText(args, 'token') ?? (env.WAYMARK_TOKEN || (isOpen ? randomBytes(18).toString('base64url') : undefined)); // an empty variable counts as unset
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
