// NestJS 11.
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import * as express from '@nestjs/platform-express';
import * as fastify from '@nestjs/platform-fastify';
import { nestContract } from './nest-contract.ts';

nestContract({ version: 11, common, core, express, fastify });
