// After the contract suites.
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export default async function removeTarballs(): Promise<void> {
  const project = process.env.WAYMARK_PACKED_PROJECT;
  if (project !== undefined) await rm(dirname(project), { recursive: true, force: true });
}
