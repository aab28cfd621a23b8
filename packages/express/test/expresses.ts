// What the tests of this package share: the versions of Express, and a server for an app.
import type { AddressInfo } from 'node:net';
import type express from 'express';

export type ExpressModule = typeof express;

/** Express 5 as an application has it whose lock file holds another version of its router. */
export function withRouter(express5: ExpressModule, Router: ExpressModule['Router']): ExpressModule {
  function createApp(): express.Express {
    const app = express5();
    let router: express.Router | undefined;
    Object.defineProperty(app, 'router', {
      get() {
        router ??= Router({
          caseSensitive: app.enabled('case sensitive routing'),
          strict: app.enabled('strict routing'),
        });
        return router;
      },
    });
    return app;
  }
  return Object.assign(createApp, express5, { Router });
}

/** Runs `visit` with the address of a server for this app. */
export async function withServer<Result>(
  app: express.Express,
  visit: (origin: string) => Promise<Result>,
): Promise<Result> {
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    return await visit(`http://127.0.0.1:${(server.address() as AddressInfo).port}`); // a TCP server's
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
