// The adapters of the contract by name, for scripts that run in a process without Jest.
import type { AdapterUnderTest } from './adapter-under-test.ts';
import { expressAdapter } from './express-adapter.ts';
import { fastifyAdapter } from './fastify-adapter.ts';
import { nodeHttpAdapter } from './node-http-adapter.ts';

const loaders = {
  express4: () => expressAdapter(require('express4'), { catchesRejections: false }),
  express52: () => expressAdapter(require('express52'), { catchesRejections: true }),
  express: () => expressAdapter(require('express'), { catchesRejections: true }),
  fastify4: () => fastifyAdapter(require('fastify4')),
  fastify: () => fastifyAdapter(require('fastify')),
  'node:http': () => nodeHttpAdapter,
} satisfies Readonly<Record<string, () => AdapterUnderTest>>;

export type SubjectName = keyof typeof loaders;

export function loadSubject(name: SubjectName): AdapterUnderTest {
  return loaders[name]();
}
