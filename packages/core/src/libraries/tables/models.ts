/** Where the exports are that tracing needs of language models. */
import type { LibraryRow } from '../library-row.ts';

export const modelRows: readonly LibraryRow[] = [
  {
    name: 'ai',
    packageName: 'ai',
    files: ['dist/index.js'],
    modules: ['dist/index.js', 'dist/index.mjs'],
    channels: ['tracing:ai:telemetry:start'], // of version 7, which is an ES module
    byHand: 'experimental_telemetry: aiTelemetry()', // before version 7, which is found
  },
  {
    name: 'openai',
    packageName: 'openai',
    files: ['index.js'],
    modules: ['index.mjs'],
    byHand: 'traceOpenai(OpenAI)',
  },
  {
    name: 'anthropic',
    packageName: '@anthropic-ai/sdk',
    files: ['index.js'],
    modules: ['index.mjs'],
    byHand: 'traceAnthropic(Anthropic)',
  },
  {
    name: 'mcp',
    packageName: '@modelcontextprotocol/sdk',
    files: ['dist/cjs/shared/protocol.js'],
    modules: ['dist/esm/shared/protocol.js'],
    byHand: 'traceMcp(Client)',
  },
  {
    name: 'mcp',
    packageName: '@modelcontextprotocol/client',
    files: ['dist/index.cjs'],
    modules: ['dist/index.mjs'],
    byHand: 'traceMcp(Client)',
  },
  {
    name: 'mcp',
    packageName: '@modelcontextprotocol/server',
    files: ['dist/index.cjs'],
    modules: ['dist/index.mjs'],
    byHand: 'traceMcp(Server)',
  },
];
