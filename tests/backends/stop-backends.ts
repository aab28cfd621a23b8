import type { RunningBackends } from './backends.ts';

export default async function stopBackends(): Promise<void> {
  await (globalThis as RunningBackends).stopBackends?.();
}
