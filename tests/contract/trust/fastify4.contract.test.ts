import fastify from 'fastify4';
import { fastifyAdapter, type MakeFastify } from '../server/fastify-adapter.ts';
import { describeTrust } from './contract.ts';
import { describePrivacy } from './privacy.ts';

describe('trust fastify 4', () => {
  const framework = fastify as unknown as MakeFastify; // see MakeFastify
  const adapter = fastifyAdapter(framework);
  describe('trust', () => describeTrust(adapter));
  describe('privacy', () => describePrivacy(adapter));
});
