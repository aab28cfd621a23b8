import { nodeHttpAdapter } from '../server/node-http-adapter.ts';
import { describeTrust } from './contract.ts';
import { describePrivacy } from './privacy.ts';

describe('trust node:http', () => {
  describe('trust', () => describeTrust(nodeHttpAdapter));
  describe('privacy', () => describePrivacy(nodeHttpAdapter));
});
