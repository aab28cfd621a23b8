// A server that speaks MongoDB's wire protocol and answers as the test says: for what FerretDB lacks, which is transactions, change
// streams, replies that are late, and connections that break off.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { BSON, type Document } from 'mongodb';

export interface WireServer {
  readonly url: string;
  /** The names of the commands that came, without those of the driver itself. */
  readonly received: string[];
  stop(): void;
}

/** Answers a command: with a reply, later, by closing the connection, or with `undefined`, never. */
export type Answer = (command: Document) => Document | 'close' | undefined | Promise<Document | 'close' | undefined>;

const opReply = 1;
const opQuery = 2004;
const opMsg = 2013;
const moreToCome = 2;

const hello: Document = {
  ok: 1,
  helloOk: true,
  ismaster: true,
  isWritablePrimary: true,
  setName: 'rs',
  minWireVersion: 0,
  maxWireVersion: 25,
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  logicalSessionTimeoutMinutes: 30,
};

const housekeeping = ['hello', 'ismaster', 'isMaster', 'ping', 'endSessions'];

/** A replica set of one node: transactions and retries need one. */
export async function startWireServer(answer: Answer): Promise<WireServer> {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    let unread = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      unread = Buffer.concat([unread, chunk]);
      while (unread.length >= 4 && unread.length >= unread.readInt32LE(0)) {
        const length = unread.readInt32LE(0);
        void handle(socket, unread.subarray(0, length));
        unread = unread.subarray(length);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const me = `127.0.0.1:${port}`;

  async function handle(socket: Socket, message: Buffer): Promise<void> {
    const requestId = message.readInt32LE(4);
    const opCode = message.readInt32LE(12);
    const command = opCode === opMsg ? readMessage(message) : readQuery(message);
    const [name = ''] = Object.keys(command);
    if (!housekeeping.includes(name)) received.push(name);
    const reply = housekeeping.includes(name) ? { ...hello, me, hosts: [me], primary: me } : await answer(command);
    if (reply === 'close') socket.destroy();
    else if (reply !== undefined && !isUnacknowledged(message)) {
      socket.write(opCode === opQuery ? writeReply(requestId, reply) : writeMessage(requestId, reply));
    }
  }

  return {
    url: `mongodb://${me}/shop?replicaSet=rs`,
    received,
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function isUnacknowledged(message: Buffer): boolean {
  return message.readInt32LE(12) === opMsg && (message.readInt32LE(16) & moreToCome) !== 0;
}

/** Sections of kind 0 have the command, those of kind 1 its documents. */
function readMessage(message: Buffer): Document {
  let command: Document = {};
  const sequences: Document = {};
  let at = 20;
  while (at < message.length) {
    const kind = message[at];
    const size = message.readInt32LE(at + 1);
    if (kind === 0) command = BSON.deserialize(message.subarray(at + 1, at + 1 + size));
    else {
      const end = message.indexOf(0, at + 5);
      sequences[message.toString('utf8', at + 5, end)] = readDocuments(message.subarray(end + 1, at + 1 + size));
    }
    at += 1 + size;
  }
  return { ...command, ...sequences };
}

function readDocuments(bytes: Buffer): Document[] {
  const documents: Document[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readInt32LE(at)) {
    documents.push(BSON.deserialize(bytes.subarray(at, at + bytes.readInt32LE(at))));
  }
  return documents;
}

/** The handshake of a driver that does not know yet what the server understands. */
function readQuery(message: Buffer): Document {
  const at = message.indexOf(0, 20) + 9;
  return BSON.deserialize(message.subarray(at));
}

function header(length: number, requestId: number, opCode: number): Buffer {
  const bytes = Buffer.alloc(16);
  for (const [index, value] of [length, 0, requestId, opCode].entries()) bytes.writeInt32LE(value, index * 4);
  return bytes;
}

function writeMessage(requestId: number, reply: Document): Buffer {
  const body = Buffer.concat([Buffer.alloc(5), BSON.serialize(reply)]);
  return Buffer.concat([header(16 + body.length, requestId, opMsg), body]);
}

function writeReply(requestId: number, reply: Document): Buffer {
  const fields = Buffer.alloc(20);
  fields.writeInt32LE(1, 16); // one document
  const body = Buffer.concat([fields, BSON.serialize(reply)]);
  return Buffer.concat([header(16 + body.length, requestId, opReply), body]);
}
