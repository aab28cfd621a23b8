/** Operations that the held-out shapes share. */
import { around, eras, http, redis, request, step } from './calls.ts';
import type { Random } from './random.ts';
import type { Operation } from './run-program.ts';
import type { Expected, MadeTrace } from './shape.ts';

export function handler(random: Random, body: Operation['body'], expected: readonly Expected[] = []): MadeTrace {
  const login = step('shop', 'authenticate', [redis('shop', random.pick(eras), 'GET session:8f', around(random, 1))]);
  return { roots: [request('shop', 'POST /checkout', [0.4, login, ...body, 0.7])], expected };
}

export function aws(service: string, method: string, ms: number, attributes: Operation['attributes'] = {}): Operation {
  return {
    service: 'shop',
    name: `${service}.${method}`,
    kind: 'client',
    attributes: {
      'rpc.system': 'aws-api',
      'rpc.service': service,
      'rpc.method': method,
      'aws.region': 'eu-central-1',
      ...attributes,
    },
    body: [0.2, http('shop', 'old', 'POST', `https://${service.toLowerCase()}.eu-central-1.amazonaws.com/`, [ms]), 0.2],
  };
}
