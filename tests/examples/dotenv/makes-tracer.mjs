import { withSpan } from '@waymark/core';

if (process.env.MAKES_TRACER) withSpan('start', () => {});
