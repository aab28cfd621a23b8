/**
 * The copies of `@opentelemetry/api` that the process has loaded. All copies share one registry, but a copy reads it only if its own
 * minor version is not greater than that of the registry: a newer copy finds nothing there, and its spans do nothing, without a word.
 *
 * @see https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/internal/semver.ts
 */
import { channel } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { join } from 'node:path';
import { setImmediate } from 'node:timers'; // not the global one, which a test may fake
import { fileURLToPath } from 'node:url';
import { contained } from '../count-fault.ts';
import { readProperty } from '../read-property.ts';
import { watchResolving } from '../watch-resolving.ts';

/** A copy of the API. */
interface ApiCopy {
  /** The folder of the package. */
  readonly root: string;
  readonly version: string;
}

const packageFolder = /^(.*[\\/]node_modules[\\/]@opentelemetry[\\/]api)[\\/]/;

/** The folders of the copies among the CommonJS modules that are loaded now. Copies in ES modules, or in a bundle, are not there. */
function findRoots(): ReadonlySet<string> {
  const roots = new Set<string>();
  const cache = readProperty(Module, '_cache'); // Node's, keyed by file; other runtimes may have none
  if (typeof cache !== 'object' || cache === null) return roots;
  for (const path of Object.keys(cache)) {
    const root = path.includes('@opentelemetry') ? packageFolder.exec(path)?.[1] : undefined;
    if (root !== undefined) roots.add(root);
  }
  return roots;
}

function copyAt(root: string): readonly ApiCopy[] {
  try {
    const version = readProperty(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')), 'version');
    return typeof version === 'string' ? [{ root, version }] : [];
  } catch {
    return []; // a virtual file system
  }
}

/** Whether a copy of the API reads what a copy of another version has registered. */
function canRead(own: string, registered: string): boolean {
  const [major, minor] = own.split('.').map(Number);
  const [registeredMajor, registeredMinor] = registered.split('.').map(Number);
  return major === registeredMajor && (minor ?? 0) <= (registeredMinor ?? 0);
}

/**
 * Reports each copy that cannot read what has been registered, once, with what to do: CommonJS modules that are loaded now, and
 * what is loaded later. An ES module is found only on Node 22.15 and later, and only if it is imported later.
 *
 * @param registered The version that has registered.
 * @returns `look`, to call when there may be more copies; it looks after the current code has run. `stop` ends the watch.
 */
export function watchApiCopies(registered: string, warn: (message: string) => void): { look(): void; stop(): void } {
  const reported = new Set<string>();
  let isStopped = false;
  let isLookDue = false;

  /** The copies that ES modules have imported since. */
  const imported = new Set<string>();

  const lookNow = contained(() => {
    if (isStopped) return;
    for (const { root, version } of [...new Set([...findRoots(), ...imported])].flatMap(copyAt)) {
      if (canRead(version, registered) || reported.has(root)) continue;
      reported.add(root);
      warn(describeNewer(root, version, registered));
    }
  });

  function look(): void {
    if (isLookDue || isStopped) return;
    isLookDue = true;
    setImmediate(() => {
      isLookDue = false;
      lookNow();
    }).unref();
  }

  // Published since Node 22.4. On older ones, what is loaded later is found when a tracer is asked for.
  const required = channel('tracing:module.require:end');
  const onRequired = contained((message: unknown) => {
    const id = readProperty(message, 'id');
    if (typeof id === 'string' && id.includes('@opentelemetry/api')) look();
  });
  required.subscribe(onRequired);
  const stopResolving = watchResolving((url) => {
    if (!url.startsWith('file:') || !url.includes('/@opentelemetry/api/')) return;
    const root = packageFolder.exec(fileURLToPath(url))?.[1];
    if (root === undefined || imported.has(root)) return;
    imported.add(root);
    look();
  });
  lookNow();
  look(); // after the modules that are loaded at the start have run
  return {
    look,
    stop() {
      isStopped = true;
      required.unsubscribe(onRequired);
      stopResolving?.();
    },
  };
}

function describeNewer(root: string, version: string, registered: string): string {
  return (
    `@opentelemetry/api ${version} in ${root} makes no spans: Waymark has registered with @opentelemetry/api ${registered}, and a newer copy ` +
    'does not read what an older one has registered. Have one copy only: npm ls @opentelemetry/api shows them all, and npm dedupe, or ' +
    `"overrides": { "@opentelemetry/api": "${version}" } in package.json (pnpm: overrides in pnpm-workspace.yaml; Yarn: "resolutions"), ` +
    'leaves one. Or pass the newest copy to bridgeOpenTelemetry(). See docs/opentelemetry.md'
  );
}
