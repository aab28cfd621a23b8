// Jest's global set-up: the tests that open the viewer get it as it is in src/. It takes a fifth of a second.
import { buildViewer } from '../../scripts/build-viewer.mjs';

export default async function buildBeforeTests() {
  await buildViewer();
}
