import type express from 'express';
import express4 from 'express4';
import { describeServerContract } from './contract.ts';
import { expressAdapter } from './express-adapter.ts';
import { describeExpress } from './express-only.ts';

describe('server express 4', () => {
  const framework = express4 as unknown as typeof express; // the contract uses only what both have
  describeServerContract(expressAdapter(framework, { catchesRejections: false }));
  describeExpress(framework);
});
