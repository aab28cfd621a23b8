/** The contract of every adapter: the same expectations for each framework and version. */
import type { AdapterUnderTest } from './adapter-under-test.ts';
import { describeAsyncContext } from './async-context.ts';
import { describeBackground } from './background.ts';
import { describeDroppedSpans } from './dropped-spans.ts';
import { describeEndings } from './endings.ts';
import { describeGuest } from './guest.ts';
import { describeNamesAndAttributes } from './names-and-attributes.ts';
import { describeParents } from './parents.ts';
import { describeSamplingAndIgnoring } from './sampling-and-ignoring.ts';
import { describeScopes } from './scopes.ts';
import { closeAll } from './traced-app.ts';

export function describeServerContract(adapter: AdapterUnderTest): void {
  afterEach(closeAll);

  describeNamesAndAttributes(adapter);
  describeParents(adapter);
  describeAsyncContext(adapter);
  describeEndings(adapter);
  describeBackground(adapter);
  describeSamplingAndIgnoring(adapter);
  describeDroppedSpans(adapter);
  describeScopes(adapter);
  describeGuest(adapter);
}
