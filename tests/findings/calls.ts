/** Calls as instrumentations record them: OpenTelemetry's, with old and new attribute names, and Waymark's own. */

import type { Random } from './random.ts';
import type { Operation, Span, Step } from './run-program.ts';

type Extra = Partial<Operation>;

/** The attribute names that the instrumentation of a service uses. */
export type Era = 'old' | 'new';

export const eras: readonly Era[] = ['old', 'new'];

export function step(service: string, name: string, body: readonly Step[], extra: Extra = {}): Operation {
  return { service, name, body, ...extra };
}

export function request(service: string, name: string, body: readonly Step[], extra: Extra = {}): Operation {
  return {
    service,
    name,
    kind: 'server',
    body,
    attributes: { 'http.route': name.split(' ')[1] ?? '/', 'http.response.status_code': 200 },
    ...extra,
  };
}

const oldSystems: Readonly<Record<string, string>> = { 'microsoft.sql_server': 'mssql' };

export function query(
  service: string,
  era: Era,
  system: string,
  text: string,
  ms: number,
  extra: Extra = {},
): Operation {
  const verb = text.trim().split(/[\s(]/, 1)[0] ?? '';
  const attributes: Span['attributes'] =
    era === 'old'
      ? {
          'db.system': oldSystems[system] ?? system,
          'db.name': 'shop',
          'db.statement': text,
          'net.peer.name': 'db',
          'net.peer.port': 5432,
        }
      : { 'db.system.name': system, 'db.namespace': 'shop', 'db.query.text': text, 'server.address': 'db' };
  return {
    service,
    name: era === 'old' ? `${system}.query:${verb} shop` : verb,
    kind: 'client',
    attributes,
    body: [ms],
    ...extra,
  };
}

export function http(
  service: string,
  era: Era,
  method: string,
  url: string,
  body: readonly Step[],
  extra: Extra = {},
): Operation {
  const isFailed = extra.isFailed === true;
  const status = isFailed ? 503 : 200;
  const attributes: Span['attributes'] =
    era === 'old'
      ? { 'http.method': method, 'http.url': url, 'http.status_code': status, 'http.flavor': '1.1' }
      : {
          'http.request.method': method,
          'url.full': url,
          'http.response.status_code': status,
          'server.address': 'api',
        };
  return { service, name: era === 'old' ? `HTTP ${method}` : method, kind: 'client', attributes, body, ...extra };
}

export function redis(service: string, era: Era, command: string, ms: number, extra: Extra = {}): Operation {
  const verb = command.split(' ', 1)[0] ?? '';
  const attributes: Span['attributes'] =
    era === 'old'
      ? { 'db.system': 'redis', 'db.statement': command, 'net.peer.name': 'cache' }
      : { 'db.system.name': 'redis', 'db.operation.name': verb, 'db.query.text': command };
  return { service, name: era === 'old' ? verb.toLowerCase() : verb, kind: 'client', attributes, body: [ms], ...extra };
}

export function mongo(
  service: string,
  era: Era,
  operation: string,
  collection: string,
  ms: number,
  extra: Extra = {},
): Operation {
  const attributes: Span['attributes'] =
    era === 'old'
      ? {
          'db.system': 'mongodb',
          'db.operation': operation,
          'db.mongodb.collection': collection,
          'db.statement': '{"_id":"?"}',
        }
      : {
          'db.system.name': 'mongodb',
          'db.operation.name': operation,
          'db.collection.name': collection,
          'db.namespace': 'shop',
        };
  return {
    service,
    name: era === 'old' ? `mongodb.${operation}` : `${operation} ${collection}`,
    kind: 'client',
    attributes,
    body: [ms],
    ...extra,
  };
}

export function grpc(
  service: string,
  era: Era,
  rpcService: string,
  method: string,
  body: readonly Step[],
  extra: Extra = {},
): Operation {
  const attributes: Span['attributes'] =
    era === 'old'
      ? { 'rpc.system': 'grpc', 'rpc.service': rpcService, 'rpc.method': method, 'rpc.grpc.status_code': 0 }
      : { 'rpc.system.name': 'grpc', 'rpc.method': `${rpcService}/${method}`, 'rpc.response.status_code': 'OK' };
  return {
    service,
    name: era === 'old' ? `grpc.${rpcService}/${method}` : `${rpcService}/${method}`,
    kind: 'client',
    attributes,
    body,
    ...extra,
  };
}

export function publish(
  service: string,
  era: Era,
  system: string,
  destination: string,
  ms: number,
  extra: Extra = {},
): Operation {
  const attributes: Span['attributes'] =
    era === 'old'
      ? { 'messaging.system': system, 'messaging.destination': destination, 'messaging.destination_kind': 'topic' }
      : {
          'messaging.system': system,
          'messaging.operation.name': 'publish',
          'messaging.operation.type': 'send',
          'messaging.destination.name': destination,
        };
  return {
    service,
    name: era === 'old' ? `${destination} send` : `publish ${destination}`,
    kind: 'producer',
    attributes,
    body: [ms],
    ...extra,
  };
}

export function handling(
  service: string,
  era: Era,
  system: string,
  destination: string,
  body: readonly Step[],
  extra: Extra = {},
): Operation {
  const attributes: Span['attributes'] =
    era === 'old'
      ? { 'messaging.system': system, 'messaging.destination': destination, 'messaging.operation': 'process' }
      : {
          'messaging.system': system,
          'messaging.operation.name': 'process',
          'messaging.operation.type': 'process',
          'messaging.destination.name': destination,
        };
  return {
    service,
    name: era === 'old' ? `${destination} process` : `process ${destination}`,
    kind: 'consumer',
    attributes,
    body,
    ...extra,
  };
}

/** The duration of a call, which varies a little. */
export function around(random: Random, ms: number): number {
  return Math.round(ms * (0.6 + 0.8 * random.next()) * 1e6) / 1e6;
}

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
