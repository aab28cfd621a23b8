// As much of SQL Server's protocol as the tests need: no server of it is free to install everywhere. Statements say what the answer is:
// `rows 3`, `changes 2`, `fails`, `hangs` until it is cancelled.
// https://learn.microsoft.com/openspecs/windows_protocols/ms-tds
const { once } = require('node:events');
const net = require('node:net');

const ucs2 = (text) => Buffer.from(text, 'utf16le');
const short = (value) => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
};
const int = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};
const shortName = (text) => Buffer.concat([Buffer.from([text.length]), ucs2(text)]);

function done(token, status, rowCount) {
  const bytes = Buffer.alloc(13);
  bytes[0] = token;
  bytes.writeUInt16LE(status, 1);
  bytes.writeBigUInt64LE(BigInt(rowCount), 5);
  return bytes;
}

function error(number, message) {
  const body = Buffer.concat([
    int(number),
    Buffer.from([1, 14]),
    short(message.length),
    ucs2(message),
    shortName('mock'),
    shortName(''),
    int(1),
  ]);
  return Buffer.concat([Buffer.from([0xaa]), short(body.length), body]);
}

function rows(count) {
  const metadata = Buffer.concat([
    Buffer.from([0x81]),
    short(1),
    int(0),
    short(0),
    Buffer.from([0x38]),
    shortName('id'),
  ]);
  return [metadata, ...Array.from({ length: count }, (_, id) => Buffer.concat([Buffer.from([0xd1]), int(id)]))];
}

function envChange(type, newValue, oldValue) {
  const body = Buffer.concat([
    Buffer.from([type, newValue.length]),
    newValue,
    Buffer.from([oldValue.length]),
    oldValue,
  ]);
  return Buffer.concat([Buffer.from([0xe3]), short(body.length), body]);
}

const prelogin = Buffer.from([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 16, 0, 0, 0, 0, 0, 2]);
const descriptor = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);

function loginAck() {
  const body = Buffer.concat([Buffer.from([1, 0x74, 0, 0, 4]), shortName('mock'), Buffer.from([16, 0, 0, 0])]);
  return Buffer.concat([Buffer.from([0xad]), short(body.length), body, done(0xfd, 0, 0)]);
}

/** @returns The answer, or `undefined` if there is none yet. */
function answer(type, payload) {
  if (type === 0x12) return prelogin;
  if (type === 0x10) return loginAck();
  if (type === 0x06) return done(0xfd, 0x20, 0);
  if (type === 0x0e) {
    const request = payload.readUInt16LE(payload.readInt32LE(0));
    const change =
      request === 5
        ? envChange(8, descriptor, Buffer.alloc(0))
        : envChange(request === 7 ? 9 : 10, Buffer.alloc(0), descriptor);
    return Buffer.concat([change, done(0xfd, 0, 0)]);
  }
  // Also in the parameters of sp_executesql, at an even or an odd place.
  const text = payload.toString('utf16le') + payload.subarray(1).toString('utf16le');
  const token = type === 3 ? 0xfe : 0xfd;
  if (text.includes('hangs')) return undefined;
  if (text.includes('fails'))
    return Buffer.concat([
      error(245, "Conversion failed when converting the varchar value 'secret' to data type int."),
      done(token, 2, 0),
    ]);
  const [, rowCount] = /rows (\d+)/.exec(text) ?? [];
  const changed = Number(rowCount ?? /changes (\d+)/.exec(text)?.[1] ?? 0);
  const result = rowCount === undefined ? [] : rows(changed);
  if (type !== 3) return Buffer.concat([...result, done(0xfd, 0x10, changed)]);
  const returnStatus = Buffer.concat([Buffer.from([0x79]), int(0)]);
  return Buffer.concat([...result, done(0xff, 0x11, changed), returnStatus, done(0xfe, 0, 0)]);
}

exports.startTdsServer = () =>
  new Promise((resolve) => {
    const server = net.createServer((socket) => {
      let received = Buffer.alloc(0);
      let parts = [];
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        received = Buffer.concat([received, bytes]);
        while (received.length >= 8 && received.length >= received.readUInt16BE(2)) {
          const packet = received.subarray(0, received.readUInt16BE(2));
          received = received.subarray(packet.length);
          parts.push(packet.subarray(8));
          if ((packet[1] & 1) === 0) continue;
          const bodies = [answer(packet[0], Buffer.concat(parts))];
          if (bodies[0] === undefined) server.emit('hangs');
          // What was cancelled ends first.
          if (packet[0] === 0x06) bodies.unshift(done(0xfd, 0, 0));
          parts = [];
          for (const body of bodies) {
            if (body === undefined) continue;
            const header = Buffer.from([4, 1, 0, 0, 0, 0, 1, 0]);
            header.writeUInt16BE(body.length + 8, 2);
            setImmediate(() => socket.write(Buffer.concat([header, body])));
          }
        }
      });
    });
    server.listen(0, '127.0.0.1', () =>
      resolve({ port: server.address().port, close: () => server.close(), hangs: once(server, 'hangs') }),
    );
  });
