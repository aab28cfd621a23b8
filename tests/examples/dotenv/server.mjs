// The code of docs/setup-order.md, in a folder with a file .env.
import 'dotenv/config'; // above all imports of your own files
import { tracing } from '@waymark/express';
import express from 'express';

const app = express();
app.use(tracing());

const { getTracer } = await import('@waymark/core');
console.log(getTracer().describeSettings());
