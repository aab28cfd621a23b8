// A server over stdio, not traced: its tool answers with the context that it has got.
const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');
const { StdioServerTransport } = require('@modelcontextprotocol/sdk/server/stdio.js');

const server = new McpServer({ name: 'meta', version: '1.0.0' });
server.registerTool('meta', { inputSchema: {} }, async (_, { _meta }) => ({
  content: [{ type: 'text', text: String(_meta?.traceparent) }],
}));
server.connect(new StdioServerTransport());
