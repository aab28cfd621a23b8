// Before the contract suites: a project that has the tarballs, for resolve-tarballs.cjs.
import { createFreshProject } from './fresh-project.ts';

export default async function installTarballs(): Promise<void> {
  const { folder } = await createFreshProject([]);
  process.env.WAYMARK_PACKED_PROJECT = folder; // the processes that Jest starts inherit it
}
