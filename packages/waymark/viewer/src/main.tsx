import { render } from 'preact';
import { fetchServices } from './api/client.ts';
import { App } from './app.tsx';
import { assignColours } from './colours/service-colour.ts';

/** The page waits at most this long for the service names. */
const maxWaitMs = 300;

const container = document.getElementById('app');
if (container !== null) {
  // Assigns the colours of all services before the first screen, so that they do not depend on which screen is first.
  fetchServices(AbortSignal.timeout(maxWaitMs))
    .then(({ services }) => assignColours(services))
    .catch(() => {})
    .finally(() => render(<App />, container));
}
