import type express from 'express';
import { describeServerContract } from './contract.ts';
import { expressAdapter } from './express-adapter.ts';
import { describeExpress } from './express-only.ts';

describe('server express 4.21', () => {
  const framework: typeof express = require('express421'); // the contract uses only what both have
  describeServerContract(expressAdapter(framework, { catchesRejections: false }));
  describeExpress(framework);
});
