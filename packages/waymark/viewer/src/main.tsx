import { render } from 'preact';
import { fetchServices } from './api/client.ts';
import { App } from './app.tsx';
import { assignColours } from './colours/service-colour.ts';

/** The page does not wait longer than this for the colours. */
const maxWaitMs = 300;

const container = document.getElementById('app');
if (container !== null) {
  // Assigns the colours of all services before the first screen: the colours must not depend on the order of the screens.
  fetchServices(AbortSignal.timeout(maxWaitMs))
    .then(({ services }) => assignColours(services))
    .catch(() => {})
    .finally(() => render(<App />, container));
}
