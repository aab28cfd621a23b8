import { render } from 'preact';
import { fetchServices } from './api/client.ts';
import { App } from './app.tsx';
import { learnServices } from './colours/service-colour.ts';

/** Longer than this nobody waits for colours. */
const maxWaitMs = 300;

const container = document.getElementById('app');
if (container !== null) {
  // All services at once, before any is shown: which colour they get must not depend on which screen comes first.
  fetchServices(AbortSignal.timeout(maxWaitMs))
    .then(({ services }) => learnServices(services))
    .catch(() => {})
    .finally(() => render(<App />, container));
}
