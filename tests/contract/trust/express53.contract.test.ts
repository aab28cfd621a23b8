import express from 'express';
import { expressAdapter } from '../server/express-adapter.ts';
import { describeTrust } from './contract.ts';

describe('trust express 5.3', () => {
  describeTrust(expressAdapter(express, { catchesRejections: true }));
});
