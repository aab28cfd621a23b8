// Marks tests that need a certain system. On other systems they are skipped, and their titles say why.

/** `test` or `describe`: called with a name and a function, or with a table by `each`. */
type Mark<It extends jest.It | jest.Describe> = Pick<It, 'each'> &
  ((name: string, run: () => unknown, timeoutMs?: number) => void);

type MarkFor<It extends jest.It | jest.Describe> = (reason: string, platform?: NodeJS.Platform) => Mark<It>;

/** A test that needs Linux: `/proc`, `/dev/full`, namespaces, or util-linux. The reason completes "needs". */
export const testOnLinux: MarkFor<jest.It> = (reason, platform = process.platform) =>
  testWhere(platform === 'linux', `${reason}, not on ${platform}`);

/** A test that needs a Unix: signals that a process can catch, file modes, links, pipes with a path, or a shell. */
export const testOnUnix: MarkFor<jest.It> = (reason, platform = process.platform) =>
  testWhere(platform !== 'win32', `${reason}, not on ${platform}`);

/** `testOnLinux` for a whole group. */
export const describeOnLinux: MarkFor<jest.Describe> = (reason, platform = process.platform) =>
  markOf<jest.Describe>(describe, platform === 'linux', `${reason}, not on ${platform}`);

/** `testOnUnix` for a whole group. */
export const describeOnUnix: MarkFor<jest.Describe> = (reason, platform = process.platform) =>
  markOf<jest.Describe>(describe, platform !== 'win32', `${reason}, not on ${platform}`);

/** A test that needs more than a system: a right, a program, a version of Node. The reason completes "needs". */
export function testWhere(isPossible: boolean, reason: string): Mark<jest.It> {
  return markOf<jest.It>(test, isPossible, reason);
}

function markOf<It extends jest.It | jest.Describe>(it: It, isPossible: boolean, reason: string): Mark<It> {
  if (isPossible) return it as unknown as Mark<It>; // the types of the functions that both take differ
  const titled = (name: string): string => `${name} (skipped: needs ${reason})`;
  const skip = it.skip as jest.It;
  const mark = (name: string, run: () => unknown): void => skip(titled(name), run as () => void);
  const each = (rows: readonly unknown[]) => (name: string, run: (...row: unknown[]) => void) =>
    skip.each(rows)(titled(name), run);
  return Object.assign(mark, { each }) as unknown as Mark<It>;
}
