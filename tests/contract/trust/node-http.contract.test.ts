import { nodeHttpAdapter } from '../server/node-http-adapter.ts';
import { describeTrust } from './contract.ts';

describe('trust node:http', () => {
  describeTrust(nodeHttpAdapter);
});
