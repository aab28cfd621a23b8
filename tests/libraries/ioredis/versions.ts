// The versions of ioredis that are tested, by the name under which `package.json` installs them.
import type { Cluster, Redis } from 'ioredis';

export const ioredisVersions = ['ioredis', 'ioredis53', 'ioredis6', 'iovalkey'] as const;

/** The types are those of ioredis 5: what the tests use is the same in all. */
export interface IoredisModule {
  readonly Redis: typeof Redis;
  readonly Cluster: typeof Cluster;
}
