import express from 'express52';
import { expressAdapter } from '../server/express-adapter.ts';
import { describeTrust } from './contract.ts';

describe('trust express 5.2', () => {
  describeTrust(expressAdapter(express, { catchesRejections: true }));
});
