import type express from 'express';
import { describeServerContract } from './contract.ts';
import { expressAdapter } from './express-adapter.ts';
import { describeExpress } from './express-only.ts';

describe('server express 5.0', () => {
  const framework: typeof express = require('express50'); // the contract uses only what both have
  describeServerContract(expressAdapter(framework, { catchesRejections: true }));
  describeExpress(framework);
});
