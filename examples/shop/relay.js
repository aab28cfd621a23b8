// @ts-check
// Forwards the requests of the services unread, to the demo's collector and to your receiver in OTEL_EXPORTER_OTLP_ENDPOINT.
import { createServer } from 'node:http';

/**
 * @param {string} receiverUrl The services get its response.
 * @param {string} otherUrl
 */
export async function startRelay(receiverUrl, otherUrl) {
  let hasFailed = false;

  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const { host, connection, 'content-length': _, 'transfer-encoding': __, ...headers } = request.headers;
    /** @param {string} url */
    const post = (url) => fetch(url, { method: 'POST', headers: /** @type {any} */ (headers), body }); // a request to a receiver has no repeated headers
    post(otherUrl).then((answer) => answer.ok || complain(`answered ${answer.status}`), complain);
    const answer = await post(receiverUrl);
    response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
  });

  /** @param {unknown} reason */
  function complain(reason) {
    if (!hasFailed) console.error(`Nothing arrives at ${otherUrl}: ${describe(reason)}`);
    hasFailed = true;
  }

  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address()); // it listens on a port
  return {
    url: `http://127.0.0.1:${port}/v1/traces`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** @param {unknown} reason @returns {string} */
function describe(reason) {
  if (!(reason instanceof Error)) return String(reason);
  return reason.cause ? describe(reason.cause) : reason.message;
}
