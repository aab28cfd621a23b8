import fastify from 'fastify';
import { describeServerContract } from './contract.ts';
import { fastifyAdapter, type MakeFastify } from './fastify-adapter.ts';
import { describeExpressInFastify, describeFastifyGuests } from './fastify-guests.ts';
import { describeFastify } from './fastify-only.ts';

describe('server fastify 5', () => {
  const framework = fastify as unknown as MakeFastify; // see MakeFastify
  describeServerContract(fastifyAdapter(framework));
  describeFastify('fastify', framework);
  describeFastifyGuests(framework);
  describeExpressInFastify(framework);
});
