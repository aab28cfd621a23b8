import express from 'express';
import { describeServerContract } from './contract.ts';
import { expressAdapter } from './express-adapter.ts';
import { describeExpress } from './express-only.ts';

describe('server express 5.3', () => {
  describeServerContract(expressAdapter(express, { catchesRejections: true }));
  describeExpress(express);
});
