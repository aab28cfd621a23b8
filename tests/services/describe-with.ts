// The tests that need a real server.
import { findPrograms } from './programs.ts';
import type { ServiceName } from './service.ts';

/**
 * `describe`, or `describe.skip` where this machine lacks one of these servers, which is then printed. In CI a server that is missing
 * is an error, unless WAYMARK_WITHOUT_SERVICES=1.
 */
export function describeWith(...services: readonly ServiceName[]): jest.Describe {
  const { CI, WAYMARK_WITHOUT_SERVICES } = process.env;
  if (WAYMARK_WITHOUT_SERVICES === '1') return describe.skip;
  const missing = services.flatMap((service) => {
    const result = findPrograms(service);
    return 'missing' in result ? [result.missing] : [];
  });
  if (missing.length === 0) return describe;
  if (CI !== undefined && CI !== 'false') {
    throw new Error(`${missing.join('\n')}\nWAYMARK_WITHOUT_SERVICES=1 leaves these tests out.`);
  }
  console.warn(`${missing.join('\n')}\nIts tests are left out.`);
  return describe.skip;
}
