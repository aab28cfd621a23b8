// A PostgreSQL that needs no installation: PGlite is PostgreSQL compiled to WebAssembly. It keeps its data in memory, and runs
// one statement at a time.
import { setFlagsFromString } from 'node:v8';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

// V8 compiles the WebAssembly once, and not a second time with optimizations, which would take processor time from the services.
setFlagsFromString('--liftoff-only');

const db = await PGlite.create();
const server = new PGLiteSocketServer({ db, port: 0, maxConnections: 50 });
server.addEventListener('listening', ({ detail: { port } }) => process.send({ port }), { once: true });
await server.start();

// Ctrl-C in a terminal reaches each process of the demo. The database ends after the services, by SIGTERM.
process.on('SIGINT', () => {});
