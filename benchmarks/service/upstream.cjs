// The server that the service calls, in a separate process. It traces nothing.
'use strict';
const { createServer } = require('node:http');

const body = JSON.stringify({ count: 7 });
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('message', () => process.exit());
