import express from 'express';
import { expressAdapter } from '../server/express-adapter.ts';
import { describeTrust } from './contract.ts';
import { describePrivacy } from './privacy.ts';

describe('trust express 5.3', () => {
  const adapter = expressAdapter(express, { catchesRejections: true });
  describe('trust', () => describeTrust(adapter));
  describe('privacy', () => describePrivacy(adapter));
});
