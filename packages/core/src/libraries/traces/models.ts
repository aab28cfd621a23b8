/** What traces each library of this group. Loaded when the first of them is found: a service without any does not pay for them. */
import { traceAiModule } from '../ai/trace-ai.ts';
import { wrapAnthropic } from '../anthropic/trace-anthropic.ts';
import { wrapMcp } from '../mcp/trace-mcp.ts';
import { wrapOpenai } from '../openai/trace-openai.ts';
import type { Traces } from '../trace.ts';

/** @public Loaded by `require()`, in library-table.ts. */
export const traces: Traces = {
  ai: traceAiModule,
  openai: wrapOpenai,
  anthropic: wrapAnthropic,
  mcp: wrapMcp,
};
