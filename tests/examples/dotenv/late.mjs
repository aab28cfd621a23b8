// dotenv.config() in the file that calls tracing(), and an imported file that makes the tracer if MAKES_TRACER is set.
import { getTracer } from '@waymark/core';
import { tracing } from '@waymark/express';
import dotenv from 'dotenv';
import express from 'express';
import './makes-tracer.mjs';

dotenv.config({ quiet: true });
express().use(tracing());
console.log(getTracer().describeSettings());
