// Socket.IO and ws are found by themselves, in CommonJS and in ES modules. The programs use the packages as built.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNode } from '../../matrix/node-binaries.ts';

const root = join(__dirname, '../../..');

// Inside the package that has the libraries, so that they resolve.
const folder = mkdtempSync(join(root, 'tests/libraries/node_modules/loading-sockets-'));

beforeAll(() => {
  const build = "(await import('./scripts/setup.mjs')).buildPackages()";
  execFileSync(process.execPath, ['--input-type=module', '--eval', build], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Opens a connection of ws and one of Socket.IO, sends a message by each, and prints the names of the spans that the servers made. */
const body = `
  const exporter = inMemoryExporter();
  const tracer = getTracer({ exporter, flushOnExit: false, env: {} });
  createHttpTracing({ tracer, outbound: false });
  const { Server, WebSocketServer, WebSocket, connect } = await load();
  const http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address();
  new Server(http).on('connection', (socket) => socket.on('order', (done) => done()));
  const sockets = new WebSocketServer({ noServer: true, path: '/live' });
  http.on('upgrade', (request, socket, head) => {
    if (request.url !== '/live') return;
    sockets.handleUpgrade(request, socket, head, (opened) => opened.on('message', () => opened.send('done')));
  });
  const client = new WebSocket('ws://127.0.0.1:' + port + '/live');
  await once(client, 'open');
  client.send('hello');
  await once(client, 'message');
  const other = connect('http://127.0.0.1:' + port, { transports: ['websocket'] });
  await new Promise((resolve) => other.emit('order', resolve));
  await exporter.waitFor(5);
  const named = exporter.spans.filter(({ name }) => name !== 'process websocket'); // of the client
  console.log(named.map(({ name }) => name).sort().join());
  process.exit();
`;
const names = {
  'socket.io': '{ Server }',
  'socket.io-client': '{ io: connect }',
  ws: '{ WebSocket, WebSocketServer }',
  '@waymark/core': '{ getTracer }',
  '@waymark/core/http': '{ createHttpTracing }',
  '@waymark/core/testing': '{ inMemoryExporter }',
  'node:events': '{ once }',
  'node:http': '{ createServer }',
};
const libraries = ['socket.io', 'socket.io-client', 'ws'] as const;
const others = (Object.keys(names) as (keyof typeof names)[]).filter(
  (name) => !(libraries as readonly string[]).includes(name),
);
const loaded = '({ Server, WebSocketServer, WebSocket, connect })';

const requireOf = (name: keyof typeof names) => `const ${names[name]} = require('${name}');`;
const importOf = (name: keyof typeof names) => `import ${names[name].replaceAll(':', ' as')} from '${name}';`;
const importLater = (name: keyof typeof names) => `const ${names[name]} = await import('${name}');`;

const programs = {
  'required before': [
    'cjs',
    `${[...others, ...libraries].map(requireOf).join('\n')} const load = async () => ${loaded}; (async () => { ${body} })();`,
  ],
  'required later': [
    'cjs',
    `${others.map(requireOf).join('\n')} const load = async () => { ${libraries.map(requireOf).join('\n')} return ${loaded}; };
    (async () => { ${body} })();`,
  ],
  'imported before': [
    'mjs',
    `${[...others, ...libraries].map(importOf).join('\n')} const load = async () => ${loaded}; { ${body} }`,
  ],
  'imported later': [
    'mjs',
    `${others.map(importOf).join('\n')} const load = async () => { ${libraries.map(importLater).join('\n')} return ${loaded}; }; { ${body} }`,
  ],
} as const;

// On Node 20 there is no hook for modules that load later: a library is found some time after, when its connections may be open already.
const cases = [20, 22, 24, 26].flatMap((major) =>
  (Object.keys(programs) as (keyof typeof programs)[])
    .filter((way) => major > 20 || way.endsWith('before'))
    .map((way) => [major, way] as const),
);

test.each(cases)(
  'on Node %i, %s',
  (major, way) => {
    const [extension, source] = programs[way];
    const file = join(folder, `${way.replace(' ', '-')}-${major}.${extension}`);
    writeFileSync(file, source);
    const output = execFileSync(findNode(major), [file], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH },
      timeout: 20_000,
    });
    expect(output.trim()).toBe('GET /live,GET /socket.io/,process /live,process order,send /live');
  },
  30_000,
);
