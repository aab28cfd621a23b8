import fastify from 'fastify50';
import { describeServerContract } from './contract.ts';
import { fastifyAdapter, type MakeFastify } from './fastify-adapter.ts';
import { describeFastifyGuests } from './fastify-guests.ts';
import { describeFastify } from './fastify-only.ts';

describe('server fastify 5.0', () => {
  const framework = fastify as unknown as MakeFastify; // see MakeFastify
  describeServerContract(fastifyAdapter(framework));
  describeFastify('fastify50', framework);
  describeFastifyGuests(framework);
});
