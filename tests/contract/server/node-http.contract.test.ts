import { describeServerContract } from './contract.ts';
import { nodeHttpAdapter } from './node-http-adapter.ts';
import { describeNodeHttp } from './node-http-only.ts';

describe('server node:http', () => {
  describeServerContract(nodeHttpAdapter);
  describeNodeHttp();
});
