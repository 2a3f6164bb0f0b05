import { readFileSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { silentLogger } from "../../../src/base/logger.ts";
import { AddressRanges } from "../../../src/sockets/address-ranges.ts";
import { expectProxyHeaders } from "../../../src/sockets/proxied-door.ts";
import { writeProxyHeader } from "../../../src/sockets/proxy-header.ts";
import { readTls, renewTls, type TlsFiles } from "../../../src/sockets/tls-files.ts";
import { Certificates } from "../../support/certificates.ts";
import { Scratch, waitFor } from "../../support/processes.ts";

const scratch = new Scratch();
let certificates: Certificates;
let files: TlsFiles;
const servers: Server[] = [];
const sockets: Socket[] = [];

beforeAll(() => {
  certificates = new Certificates(scratch.directory());
  files = certificates.issue("door");
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => scratch.clean());

const CLIENT = { address: "192.0.2.7", port: 4711 };
const HEADER = writeProxyHeader(2, CLIENT, { address: "192.0.2.1", port: 443 });

/** Answers who is connected, once something came. */
const tellOverTcp = (socket: Socket): void => {
  socket.on("error", () => {});
  socket.once("data", (said: Buffer) =>
    socket.end(`${socket.remoteAddress} ${socket.remotePort} said ${String(said)}`),
  );
};
const tellOverHttp: Parameters<typeof createHttpServer>[1] = (request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += String(chunk)));
  request.on("end", () => response.end(`${request.socket.remoteAddress} ${request.socket.remotePort} said ${body}`));
};

const DOORS: Readonly<Record<string, () => Server>> = {
  tcp: () => createServer(tellOverTcp),
  tls: () => createTlsServer(readTls(files), tellOverTcp),
  http: () => createHttpServer(tellOverHttp),
  https: () => createHttpsServer(readTls(files), tellOverHttp),
};

async function open(server: Server, from: string[], header: "required" | "optional"): Promise<string[]> {
  const refused: string[] = [];
  expectProxyHeaders(server, {
    from: new AddressRanges(from),
    header,
    onRefused: (_proxy, reason) => refused.push(reason),
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return refused;
}

/** What the door answers to a client that sends `header` first. */
async function ask(door: string, server: Server, header: Buffer | null, more = ""): Promise<string> {
  const raw = connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });
  sockets.push(raw);
  raw.on("error", () => {});
  if (header !== null) {
    // In two pieces, to be put together.
    raw.write(header.subarray(0, 5));
    await new Promise((resolve) => setImmediate(resolve));
    raw.write(header.subarray(5));
  }
  const isTls = door === "tls" || door === "https";
  const socket = isTls ? connectTls({ socket: raw, rejectUnauthorized: false, servername: "localhost" }) : raw;
  socket.on("error", () => {});
  const body = `hello${more}`;
  socket.write(
    door.startsWith("http")
      ? `POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`
      : body,
  );
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += String(chunk)));
  await waitFor("the connection to end", () => socket.destroyed || socket.readableEnded || raw.destroyed);
  return text;
}

describe.each(Object.keys(DOORS))("PROXY headers at a door of %s", (door) => {
  test("tell who the client is, and are not what it says", async () => {
    const server = DOORS[door]!();
    await open(server, ["127.0.0.0/8"], "required");
    expect(await ask(door, server, HEADER)).toContain("192.0.2.7 4711 said hello");
    const first = writeProxyHeader(1, CLIENT, { address: "192.0.2.1", port: 443 });
    expect(await ask(door, server, first)).toContain("192.0.2.7 4711 said hello");
    expect(await ask(door, server, writeProxyHeader(2, null, null))).toMatch(/127\.0\.0\.1 \d+ said hello/u);
    if (door !== "tcp" && door !== "tls") {
      const much = "x".repeat(300_000);
      expect(await ask(door, server, HEADER, much)).toContain(`192.0.2.7 4711 said hello${much}`);
    }
  });

  test("are demanded of a trusted proxy, or may come", async () => {
    const strict = DOORS[door]!();
    const refused = await open(strict, ["127.0.0.1"], "required");
    expect(await ask(door, strict, null)).toBe("");
    expect(refused).toEqual(["the connection does not begin with a PROXY header"]);
    const lenient = DOORS[door]!();
    await open(lenient, ["127.0.0.1"], "optional");
    expect(await ask(door, lenient, null)).toMatch(/127\.0\.0\.1 \d+ said hello/u);
    expect(await ask(door, lenient, HEADER)).toContain("192.0.2.7 4711 said hello");
  });

  test("from anybody else are no headers", async () => {
    const server = DOORS[door]!();
    await open(server, ["10.0.0.0/8"], "required");
    expect(await ask(door, server, HEADER)).not.toContain("192.0.2.7 4711");
    expect(await ask(door, server, null)).toMatch(/127\.0\.0\.1 \d+ said hello/u);
  });
});

describe("a certificate that is renewed", () => {
  test("is shown to who comes then; one that does not fit its key is not taken", async () => {
    const own = certificates.issue("renewed", "first");
    const server = createTlsServer(readTls(own), (socket) => {
      socket.on("error", () => {});
      socket.write("hello");
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const end = renewTls(own, server, silentLogger, 10);
    const comeIn = async (): Promise<{ socket: TLSSocket; subject: string }> => {
      const ca = readFileSync(certificates.path("ca.pem"));
      const socket = connectTls({ host: "127.0.0.1", port: (server.address() as AddressInfo).port, ca });
      sockets.push(socket);
      socket.on("error", () => {});
      await new Promise((resolve) => socket.once("data", resolve));
      return { socket, subject: String(socket.getPeerCertificate().subject.CN) };
    };
    const before = await comeIn();
    expect(before.subject).toBe("first");
    certificates.issue("renewed", "second");
    await waitFor("the second", async () => (await comeIn()).subject === "second");
    expect(before.socket.destroyed).toBe(false);
    writeFileSync(own.key, readFileSync(files.key));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await comeIn()).subject).toBe("second");
    end();
  });
});
