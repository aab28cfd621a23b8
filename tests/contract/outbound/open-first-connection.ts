import { startDownstream } from './downstream.ts';
import type { Undici } from './undici-versions.ts';

/**
 * Makes one call and one retry through a copy of undici, to another server. Tracing can match undici's calls to their callers from the
 * first connection on, and in undici 7 from the first call that may be retried.
 */
export async function openFirstConnection({ Agent, RetryAgent, request }: Undici): Promise<void> {
  const elsewhere = await startDownstream();
  const agent = new Agent();
  const dispatcher = new RetryAgent(agent) as unknown as InstanceType<Undici['Agent']>;
  await (await request(`${elsewhere.origin}/ok`, { dispatcher })).body.dump();
  await agent.destroy();
  await elsewhere.close();
}
