// Jest's global set-up: builds the viewer from src/ for the tests that open it. Takes a fifth of a second.
import { buildViewer } from '../../scripts/build-viewer.mjs';

export default async function buildBeforeTests() {
  await buildViewer();
}
