import fastify from 'fastify40';
import { describeServerContract } from './contract.ts';
import { fastifyAdapter, type MakeFastify } from './fastify-adapter.ts';
import { describeFastifyGuests } from './fastify-guests.ts';
import { describeFastify } from './fastify-only.ts';

describe('server fastify 4.0', () => {
  const framework = fastify as unknown as MakeFastify; // see MakeFastify
  describeServerContract(fastifyAdapter(framework, { lacks: ['methods', 'empty errors'] }));
  describeFastify('fastify40', framework);
  describeFastifyGuests(framework);
});
