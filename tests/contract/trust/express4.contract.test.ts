import type express from 'express';
import express4 from 'express4';
import { expressAdapter } from '../server/express-adapter.ts';
import { describeTrust } from './contract.ts';
import { describePrivacy } from './privacy.ts';

describe('trust express 4', () => {
  const framework = express4 as unknown as typeof express; // the contract uses only what both have
  const adapter = expressAdapter(framework, { catchesRejections: false });
  describe('trust', () => describeTrust(adapter));
  describe('privacy', () => describePrivacy(adapter));
});
