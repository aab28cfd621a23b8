import fastify from 'fastify4';
import { fastifyAdapter, type MakeFastify } from '../server/fastify-adapter.ts';
import { describeTrust } from './contract.ts';

describe('trust fastify 4', () => {
  const framework = fastify as unknown as MakeFastify; // see there
  describeTrust(fastifyAdapter(framework));
});
