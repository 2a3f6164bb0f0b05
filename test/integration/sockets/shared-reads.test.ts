import { connect, createServer, Socket, type AddressInfo, type Server } from "node:net";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { SharedReads } from "../../../src/sockets/shared-reads.ts";
import { readTls } from "../../../src/sockets/tls-files.ts";
import { Certificates } from "../../support/certificates.ts";
import { Scratch, waitFor } from "../../support/processes.ts";

const scratch = new Scratch();
const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => scratch.clean());

async function open(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

function come(port: number): { readonly socket: Socket; text: string } {
  const client = { socket: connect({ host: "127.0.0.1", port, allowHalfOpen: true }), text: "" };
  sockets.push(client.socket);
  client.socket.on("error", () => {});
  client.socket.on("data", (chunk: Buffer) => (client.text += chunk.toString("latin1")));
  return client;
}

interface Taken {
  readonly socket: Socket;
  text: string;
  readonly buffers: Set<unknown>;
}

/** A server that takes every connection it accepts, and echoes. */
async function openTaking(): Promise<{ server: Server; port: number; taken: Taken[] }> {
  const reads = new SharedReads();
  const taken: Taken[] = [];
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (accepted) => {
    const buffers = new Set<unknown>();
    const socket = reads.take(accepted, (bytes) => {
      one.text += bytes.toString("latin1");
      buffers.add(bytes.buffer);
      socket?.write(Buffer.from(bytes));
    });
    if (socket === null) throw new Error("not taken: this Node is made otherwise");
    const one: Taken = { socket, text: "", buffers };
    socket.on("end", () => socket.end());
    socket.on("error", () => {});
    taken.push(one);
  });
  return { server, port: await open(server), taken };
}

describe("an accepted connection that reads into the shared buffer", () => {
  test("gets all that is sent, in the one buffer, beside others; knows who they are; counts", async () => {
    const { port, taken } = await openTaking();
    const clients = [0, 1, 2].map(() => come(port));
    const texts = clients.map((_, who) => `client ${who} `.repeat(30_000));
    for (const [who, client] of clients.entries()) client.socket.write(texts[who]!);
    await waitFor("the echoes", () => clients.every(({ text }, who) => text === texts[who]));
    const order = taken.map(({ text }) => text[7]);
    expect(order.toSorted()).toEqual(["0", "1", "2"]);
    expect(new Set(taken.flatMap(({ buffers }) => [...buffers])).size).toBe(1);
    for (const { socket, text } of taken) {
      const client = clients[Number(text[7])]!;
      expect(socket.remotePort).toBe(client.socket.localPort);
      expect(socket.remoteAddress).toBe("127.0.0.1");
      expect(socket.localPort).toBe(port);
      expect(socket.bytesRead).toBe(text.length);
      expect(socket.bytesWritten).toBe(text.length);
    }
  });

  test("is not read while it is paused, and then on from there", async () => {
    const { port, taken } = await openTaking();
    const client = come(port);
    client.socket.write("a");
    await waitFor("the first", () => client.text === "a");
    const { socket } = taken[0]!;
    socket.pause();
    const readBytes = socket.bytesRead;
    client.socket.write("b".repeat(100_000));
    // A connection that comes later is read: ours would have been too.
    const later = come(port);
    later.socket.write("c");
    await waitFor("the other's echo", () => later.text === "c");
    expect(socket.bytesRead).toBe(readBytes);
    socket.resume();
    await waitFor("the rest", () => client.text.length === 100_001);
  });

  test("ends as it did: a half at a time, and its server closes after it", async () => {
    const { server, port } = await openTaking();
    const client = come(port);
    client.socket.write("last words");
    await waitFor("the echo", () => client.text === "last words");
    let isClosed = false;
    server.close(() => (isClosed = true));
    client.socket.write(", and more");
    await waitFor("the second echo", () => client.text === "last words, and more");
    expect(isClosed).toBe(false);
    client.socket.end();
    await waitFor("the end of both", () => client.socket.readableEnded && isClosed);
  });

  test("one that is reset or destroyed is closed and no longer counted", async () => {
    const { server, port, taken } = await openTaking();
    const clients = [come(port), come(port)];
    let closed = 0;
    await waitFor("both", () => taken.length === 2);
    for (const { socket } of taken) socket.on("close", () => closed++);
    clients[0]!.socket.resetAndDestroy();
    await waitFor("one to be gone", () => closed === 1);
    for (const { socket } of taken) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await waitFor("the other to be gone", () => closed === 2);
  });
});

describe("is left as it was", () => {
  const notTaken = (socket: Socket): void => {
    const before = Object.entries(socket);
    expect(new SharedReads().take(socket, () => {})).toBeNull();
    expect(Object.entries(socket)).toEqual(before);
  };

  test("a socket without a connection", () => {
    notTaken(new Socket());
  });

  test.each([
    ["has no handle", { _handle: undefined }],
    ["has a handle that takes no buffer", { _handle: {} }],
    ["has no server", { _server: undefined }],
    ["has been read", { bytesRead: 1 }],
  ])("an accepted one that %s", async (_, otherwise) => {
    const seen: (Socket | null)[] = [];
    const port = await open(
      createServer({ pauseOnConnect: true }, (accepted) => {
        sockets.push(accepted);
        const strange = Object.create(accepted, Object.getOwnPropertyDescriptors(otherwise)) as Socket;
        // As if it were one by itself.
        const plain = new Proxy(strange, { getPrototypeOf: () => Socket.prototype });
        seen.push(new SharedReads().take(plain, () => {}));
        accepted.resume().pipe(accepted);
      }),
    );
    const client = come(port);
    client.socket.write("hello");
    await waitFor("the echo", () => client.text === "hello");
    expect(seen).toEqual([null]);
  });

  test("one that reads already, and one of TLS", async () => {
    const plain = await open(
      createServer((accepted) => {
        notTaken(accepted);
        accepted.pipe(accepted);
      }),
    );
    const client = come(plain);
    client.socket.write("hello");
    await waitFor("the echo", () => client.text === "hello");
    const files = new Certificates(scratch.directory()).issue("door");
    const secure = await open(
      createTlsServer(readTls(files), (accepted) => {
        notTaken(accepted.pause());
        accepted.pipe(accepted);
      }),
    );
    const socket = connectTls({ host: "127.0.0.1", port: secure, rejectUnauthorized: false });
    sockets.push(socket);
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += String(chunk)));
    socket.write("hello");
    await waitFor("the echo", () => text === "hello");
  });
});
