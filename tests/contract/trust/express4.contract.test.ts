import type express from 'express';
import express4 from 'express4';
import { expressAdapter } from '../server/express-adapter.ts';
import { describeTrust } from './contract.ts';

describe('trust express 4', () => {
  const framework = express4 as unknown as typeof express; // what the contract uses of it is the same
  describeTrust(expressAdapter(framework, { catchesRejections: false }));
});
