// What the tests of this package share: an Express of two versions, and servers for apps.
import { request as httpRequest, type Server } from 'node:http';
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

/** An app, or a server of another kind. */
interface Listener {
  listen(port: number, host: string): Server;
}

/** Runs `visit` with the address of a server. */
export async function withServer<Result>(app: Listener, visit: (origin: string) => Promise<Result>): Promise<Result> {
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    return await visit(`http://127.0.0.1:${(server.address() as AddressInfo).port}`); // a TCP server's
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** The body that an app answers with. */
export function get(app: Listener, path: string, headers?: Record<string, string>): Promise<string> {
  return withServer(app, (origin) => getFrom(origin, path, headers));
}

/** Sends a `Host` header as given, which `fetch` does not. */
export function getFrom(origin: string, path: string, headers: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(origin + path, { headers, agent: false }, async (response) => {
      let body = '';
      for await (const chunk of response.setEncoding('utf8')) body += chunk;
      resolve(body);
    });
    outgoing.on('error', reject).end();
  });
}
