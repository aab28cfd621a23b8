import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

interface FinishedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

const caller = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };

/**
 * Starts a fixture (it prints its port), sends it one request with a `traceparent`, and describes the trace that came out.
 *
 * @returns One line for each span of the caller's trace, in the order of the tree, indented by depth.
 */
export async function traceOneRequest(script: string, cwd: string): Promise<string[]> {
  const server = spawn(process.execPath, [script], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let complaints = '';
  server.stderr.on('data', (data) => {
    complaints += data;
  });
  try {
    const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
    const { value: port } = await lines.next();
    if (port === undefined) throw new Error(`${script} ended before it listened:\n${complaints}`);

    const traceparent = `00-${caller.traceId}-${caller.spanId}-01`;
    const response = await fetch(`http://127.0.0.1:${port}/users/42`, { headers: { traceparent } });
    const user = await response.json();
    if (JSON.stringify(user) !== '{"id":"42"}') throw new Error(`${script} answered ${JSON.stringify(user)}`);
    const spans = (await (await fetch(`http://127.0.0.1:${port}/spans`)).json()) as FinishedSpan[];
    return drawBelow(
      caller.spanId,
      spans.filter(({ traceId }) => traceId === caller.traceId),
    );
  } finally {
    server.kill();
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  }
}

function drawBelow(parentId: string, spans: readonly FinishedSpan[], indent = ''): string[] {
  return spans
    .filter(({ parentSpanId }) => parentSpanId === parentId)
    .flatMap(({ name, spanId }) => [indent + name, ...drawBelow(spanId, spans, `${indent}  `)]);
}
