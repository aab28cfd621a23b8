// The frameworks and versions that the formats are tried on.
import express from 'express';
import express4 from 'express4';
import fastify from 'fastify';
import fastify4 from 'fastify4';
import type { AdapterUnderTest } from '../server/adapter-under-test.ts';
import { expressAdapter } from '../server/express-adapter.ts';
import { fastifyAdapter, type MakeFastify } from '../server/fastify-adapter.ts';
import { nodeHttpAdapter } from '../server/node-http-adapter.ts';

export const frameworks: readonly (readonly [name: string, adapter: AdapterUnderTest])[] = [
  ['express 4', expressAdapter(express4 as unknown as typeof express, { catchesRejections: false })], // the types of 5 serve both
  ['express 5', expressAdapter(express, { catchesRejections: true })],
  ['fastify 4', fastifyAdapter(fastify4 as unknown as MakeFastify)], // see MakeFastify
  ['fastify 5', fastifyAdapter(fastify as unknown as MakeFastify)], // see MakeFastify
  ['node:http', nodeHttpAdapter],
];
