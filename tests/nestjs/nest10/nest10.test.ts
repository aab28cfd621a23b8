// NestJS 10.
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import * as express from '@nestjs/platform-express';
import * as fastify from '@nestjs/platform-fastify';
import { nestContract } from '../nest11/nest-contract.ts';

// The types differ only in parts that the tests do not use.
nestContract({ version: 10, common, core, express, fastify } as never);
