import type express from 'express';
import { describeServerContract } from './contract.ts';
import { expressAdapter } from './express-adapter.ts';
import { describeExpress } from './express-only.ts';

describe('server express 4.21', () => {
  const framework: typeof express = require('express421'); // what the contract uses of it is the same
  describeServerContract(expressAdapter(framework, { catchesRejections: false }));
  describeExpress(framework);
});
