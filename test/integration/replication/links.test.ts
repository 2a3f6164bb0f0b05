import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { afterEach, describe, expect, it } from "vitest";
import { BuiltInLinks } from "../../../chaos/links/built-in-links.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { DEFAULT_REPLICATION_LIMITS, type ReplicationLimits } from "../../../src/replication/limits.ts";
import { encodeMessage } from "../../../src/replication/message.ts";
import { startReplication, type RunningReplication } from "../../../src/replication/ws/start-replication.ts";
import { FakeReplica } from "../../unit/replication/fake-replica.ts";

/** Short enough for a test, long enough for a busy machine. */
const QUICK: Partial<ReplicationLimits> = {
  heartbeatMs: 50,
  deadAfterMs: 1_000,
  handshakeTimeoutMs: 1_000,
  redialFirstMs: 20,
  redialMaxMs: 100,
  farewellMs: 2_000,
};

interface Node {
  readonly replica: FakeReplica;
  readonly running: RunningReplication;
  readonly ends: string[];
}

const nodes = new Set<RunningReplication>();
const closers: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all([...nodes].map((node) => node.close()));
  nodes.clear();
  for (const close of closers.splice(0)) await close();
});

async function start(
  replica: FakeReplica,
  peers: Readonly<Record<string, string>>,
  options: { readonly port?: number; readonly secret?: string; readonly limits?: Partial<ReplicationLimits> } = {},
): Promise<Node> {
  const ends: string[] = [];
  const running = await startReplication({
    replica,
    region: replica.region,
    incarnation: replica.incarnation,
    peers: Object.entries(peers).map(([name, address]) => ({ name, url: `ws://${address}` })),
    cut: [],
    otherSecrets: [],
    tls: null,
    gossip: { host: "127.0.0.1", port: options.port ?? 0 },
    secret: options.secret ?? "secret",
    clock: systemClock(),
    random: seededRandom(1),
    logger: silentLogger,
    limits: { ...DEFAULT_REPLICATION_LIMITS, ...QUICK, ...options.limits },
    snapshotStaged: () => {},
    onLinkEnded: (_peer, { reason }) => ends.push(reason),
  });
  nodes.add(running);
  return { replica, running, ends };
}

async function stop(node: Node): Promise<void> {
  nodes.delete(node.running);
  await node.running.close();
}

/** A port that was free a moment ago: two nodes must know each other before either has started. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function eventually(holds: () => boolean, what: () => unknown): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not in time: ${JSON.stringify(what())}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function pair(limits: Partial<ReplicationLimits> = {}): Promise<[Node, Node]> {
  const [portA, portB] = [await freePort(), await freePort()];
  const a = await start(new FakeReplica("a"), { b: `127.0.0.1:${portB}` }, { port: portA, limits });
  const b = await start(new FakeReplica("b"), { a: `127.0.0.1:${portA}` }, { port: portB, limits });
  await eventually(
    () => [a, b].every(({ running }) => running.status()[0]!.connected && running.status()[0]!.providing),
    () => [a.running.status(), b.running.status()],
  );
  return [a, b];
}

const lastError = ({ running }: Node): string => running.status()[0]!.lastError ?? "";

describe("links over real sockets", () => {
  it("batches of all sizes go both ways, once, and status tells of them", async () => {
    const [a, b] = await pair({ frameBytesMax: 100_000 });
    for (const size of [0, 10, 99_000, 100_100, 3_000_000, 1]) {
      a.replica.write(size);
      b.replica.write(size);
    }
    await eventually(
      () => a.replica.log.length === 12 && b.replica.log.length === 12,
      () => [a.running.status(), b.running.status()],
    );
    expect([a.replica.received.duplicate, b.replica.received.duplicate]).toEqual([0, 0]);
    await eventually(
      () => a.running.outlook.caughtUp && a.running.status()[0]!.behindBatches === 0,
      () => a.running.status(),
    );
    const [status] = a.running.status();
    expect(status).toMatchObject({ peer: "b", provider: "b", lagMs: 0, lastError: null, batchesSent: 6 });
    expect(status!.subscribedRegions).toContain("b");
    expect(status!.bytesReceived).toBeGreaterThan(0);
  });

  it("HS1: a wrong secret is refused on both sides, and nothing passes", async () => {
    const b = await start(new FakeReplica("b"), { a: "127.0.0.1:1" }, { secret: "right" });
    b.replica.write();
    const a = await start(new FakeReplica("a"), { b: b.running.address }, { secret: "wrong" });
    await eventually(
      () => lastError(a).includes("does not prove the shared secret"),
      () => a.running.status(),
    );
    expect([a.replica.log.length, a.running.outlook.heardFrom]).toEqual([0, 0]);
    expect(b.running.status()[0]!.providing).toBe(false);
  });

  it("HS3: a region that is not a peer is refused, and told which flag would admit it", async () => {
    const b = await start(new FakeReplica("b"), { c: "127.0.0.1:1" });
    const a = await start(new FakeReplica("a"), { b: b.running.address });
    await eventually(
      () => lastError(a).includes("--peer a=ws://HOST:PORT"),
      () => a.running.status(),
    );
  });

  it("HS4, HS5: an address that is our own, or another region's, is refused with the reason", async () => {
    const b = await start(new FakeReplica("b"), { a: "127.0.0.1:1" });
    const a = await start(new FakeReplica("a"), { c: b.running.address });
    await eventually(
      () => lastError(a).includes('peer "c" is answered by region "b"'),
      () => a.running.status(),
    );
    const twin = await start(new FakeReplica("b", "b#2-0000"), { a: b.running.address });
    await eventually(
      () => lastError(twin).includes('two nodes call themselves region "b"'),
      () => twin.running.status(),
    );
  });

  it("a peer that goes and comes back goes on from where it was", async () => {
    const [a, b] = await pair();
    a.replica.write(100);
    await eventually(
      () => b.replica.log.length === 1,
      () => b.running.status(),
    );
    const port = Number(b.running.address.split(":")[1]);
    await stop(b);
    expect(a.ends.some((reason) => reason.includes("the region stops"))).toBe(true);
    for (let index = 0; index < 50; index++) a.replica.write(100);
    const again = await start(b.replica, { a: a.running.address }, { port });
    await eventually(
      () => b.replica.log.length === 51,
      () => again.running.status(),
    );
    expect(b.replica.received.duplicate).toBe(0);
  });

  it("stopping waits until peers have what was written last", async () => {
    const [a, b] = await pair();
    await eventually(
      () => b.running.status()[0]!.subscribedRegions.includes("a"),
      () => b.running.status(),
    );
    a.replica.write();
    await eventually(
      () => b.replica.log.length === 1,
      () => b.running.status(),
    );
    for (let index = 0; index < 20; index++) a.replica.write(500_000);
    await stop(a);
    expect(b.replica.sequenceOf("a#1-0000")).toBe(21);
  });

  it("nobody there, and an address that is none: an error each, and it goes on trying", async () => {
    const port = await freePort();
    const a = await start(new FakeReplica("a"), { b: `127.0.0.1:${port}`, c: "%%%" });
    await eventually(
      () => a.running.status().every((peer) => peer.lastError !== null),
      () => a.running.status(),
    );
    expect(a.running.status()[1]!.lastError).toContain("its address is no use");
    const b = await start(new FakeReplica("b"), { a: a.running.address }, { port });
    await eventually(
      () => a.running.status()[0]!.connected && b.running.status()[0]!.connected,
      () => a.running.status(),
    );
  });

  it("a gossip address that is taken is an error that can be caught", async () => {
    const a = await start(new FakeReplica("a"), {});
    const port = Number(a.running.address.split(":")[1]);
    await expect(start(new FakeReplica("b"), {}, { port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});

describe("peers that mean harm, or are ill", () => {
  const open = (address: string): Promise<WebSocket> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://${address}`);
      closers.push(() => socket.terminate());
      socket.on("error", reject);
      socket.on("open", () => resolve(socket));
    });
  const ended = (socket: WebSocket): Promise<{ code: number; said: string }> =>
    new Promise((resolve) => {
      let said = "";
      socket.on("message", (message: Buffer) => {
        said += message.toString("latin1");
      });
      socket.on("close", (code) => resolve({ code, said }));
    });

  it("a message beyond every limit closes the connection before it is kept", async () => {
    const a = await start(new FakeReplica("a"), { b: "127.0.0.1:1" });
    const socket = await open(a.running.address);
    socket.send(Buffer.alloc(8 * 1024 * 1024));
    expect((await ended(socket)).code).toBe(1009);
    await eventually(
      () => a.ends.length === 1,
      () => a.ends,
    );
  });

  it.each([
    ["text", "hello", "a text message"],
    ["nonsense", Buffer.from("nonsense"), "checksum"],
    ["a large frame", Buffer.alloc(100_000), "before the handshake is done"],
  ])("%s from a stranger is answered with the reason, and the end", async (_what, bytes, reason) => {
    const a = await start(new FakeReplica("a"), { b: "127.0.0.1:1" });
    const socket = await open(a.running.address);
    socket.send(bytes);
    expect((await ended(socket)).said).toContain(reason);
  });

  it("a stranger that says nothing is shown out in time; so is one that never becomes a WebSocket", async () => {
    const a = await start(new FakeReplica("a"), { b: "127.0.0.1:1" });
    const socket = await open(a.running.address);
    const [host, port] = a.running.address.split(":");
    const raw = connect(Number(port), host);
    const rawEnded = new Promise((resolve) => raw.on("close", resolve));
    raw.on("error", () => {});
    raw.on("data", () => {});
    raw.write("GET / HTTP/1.1\r\nHost:");
    expect((await ended(socket)).said).toContain("the handshake was not done in 1000 ms");
    await rawEnded;
  });

  it("strangers are limited in number, and a real peer gets in when they have gone", async () => {
    const limits = { strangersMax: 1, dialsAtOnceMax: 2 };
    const a = await start(new FakeReplica("a"), { b: "127.0.0.1:1" }, { limits });
    await Promise.all([1, 2, 3].map(() => open(a.running.address)));
    expect((await ended(await open(a.running.address))).code).toBe(1006);
    const b = await start(new FakeReplica("b"), { a: a.running.address });
    await eventually(
      () => b.running.status()[0]!.connected,
      () => b.running.status(),
    );
  });

  it("a peer that answers the handshake with malice instead of a proof learns nothing", async () => {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    closers.push(() => server.close());
    await once(server, "listening");
    const heard: string[] = [];
    server.on("connection", (socket) => {
      closers.push(() => socket.terminate());
      socket.on("message", (message: Buffer) => heard.push(message.toString("latin1")));
      socket.send(
        encodeMessage({
          say: "welcome",
          protocol: 1,
          features: [],
          frameBytesMax: 1_048_576,
          batchBytesMax: 1_048_576,
          region: "b",
          incarnation: "b#1-0000",
          nonce: "n",
          proof: "00".repeat(32),
        }),
      );
    });
    const { port } = server.address() as AddressInfo;
    const a = await start(new FakeReplica("a"), { b: `127.0.0.1:${port}` });
    await eventually(
      () => lastError(a).includes("does not prove the shared secret"),
      () => a.running.status(),
    );
    await eventually(
      () => heard.length >= 2,
      () => heard,
    );
    expect(heard.join()).not.toContain('"proof"');
  });

  it("a peer behind a black hole is noticed by its silence, though its socket stays open", async () => {
    const b = await start(new FakeReplica("b"), { a: "127.0.0.1:1" });
    const hole = await blackHole(b.running.address);
    const a = await start(new FakeReplica("a"), { b: hole.address });
    await eventually(
      () => a.running.status()[0]!.connected,
      () => a.running.status(),
    );
    hole.swallow = true;
    b.replica.write();
    await eventually(
      () => a.ends.some((reason) => /^nothing was heard for \d+ ms$/u.test(reason)),
      () => a.ends,
    );
    await eventually(
      () => b.ends.some((reason) => reason.startsWith("nothing was heard for")),
      () => b.ends,
    );
    hole.swallow = false;
    await eventually(
      () => a.replica.log.length === 1,
      () => a.running.status(),
    );
  });

  it("DL2, DL4: behind a hole that is gone again a fresh dial opens, long before the one that hung is given up", async () => {
    // A dial that was swallowed is answered by nobody, and has a minute.
    const limits = { handshakeTimeoutMs: 60_000, freshDialMs: 200, dialsAtOnceMax: 1_000 };
    const [portA, portB] = [await freePort(), await freePort()];
    const [toA, toB] = [await blackHole(`127.0.0.1:${portA}`), await blackHole(`127.0.0.1:${portB}`)];
    const a = await start(new FakeReplica("a"), { b: toB.address }, { port: portA, limits });
    const b = await start(new FakeReplica("b"), { a: toA.address }, { port: portB, limits });
    const areConnected = (): boolean => [a, b].every(({ running }) => running.status()[0]!.connected);
    await eventually(areConnected, () => [a.running.status(), b.running.status()]);
    for (const hole of [toA, toB]) hole.swallow = true;
    a.replica.write();
    b.replica.write();
    const [dialsOfB, dialsOfA] = [toA.dials, toB.dials];
    await eventually(
      () => toA.dials > dialsOfB + 2 && toB.dials > dialsOfA + 2,
      () => [toA, toB],
    );
    expect(areConnected()).toBe(false);
    for (const hole of [toA, toB]) hole.swallow = false;
    await eventually(areConnected, () => [a.running.status(), b.running.status()]);
    await eventually(
      () => a.replica.log.length === 2 && b.replica.log.length === 2,
      () => [a.running.status(), b.running.status()],
    );
    // Nobody goes on with the ones that hung.
    await eventually(
      () => toA.open === 1 && toB.open === 1,
      () => [toA, toB],
    );
  });

  it("DL1, DL2: two regions find each other after a black hole of the chaos proxy, which cuts what hung in it", async () => {
    const [portA, portB] = [await freePort(), await freePort()];
    const links = new BuiltInLinks(1);
    closers.push(() => links.close());
    const toA = await links.open("b-to-a", `127.0.0.1:${portA}`);
    const toB = await links.open("a-to-b", `127.0.0.1:${portB}`);
    const limits = { handshakeTimeoutMs: 60_000, freshDialMs: 200 };
    const a = await start(new FakeReplica("a"), { b: toB.address }, { port: portA, limits });
    const b = await start(new FakeReplica("b"), { a: toA.address }, { port: portB, limits });
    const areConnected = (): boolean => [a, b].every(({ running }) => running.status()[0]!.connected);
    await eventually(areConnected, () => [a.running.status(), b.running.status()]);
    for (const link of [toA, toB]) await link.addToxic("hole", "upstream", { kind: "black-hole" });
    await eventually(
      () => [a, b].every(({ ends }) => ends.some((reason) => reason.startsWith("nothing was heard for"))),
      () => [a.ends, b.ends],
    );
    a.replica.write();
    b.replica.write();
    expect(areConnected()).toBe(false);
    for (const link of [toA, toB]) await link.removeToxic("hole");
    await eventually(
      () => areConnected() && a.replica.log.length === 2 && b.replica.log.length === 2,
      () => [a.running.status(), b.running.status()],
    );
  });

  interface BlackHole {
    readonly address: string;
    swallow: boolean;
    /** Connections so far, and those that are open. */
    dials: number;
    open: number;
  }

  /** Passes bytes on until it is told to swallow them; the sockets stay open. */
  async function blackHole(target: string): Promise<BlackHole> {
    const [host, port] = target.split(":");
    const sockets = new Set<Socket>();
    const server: Server = createServer((near) => {
      hole.dials++;
      hole.open++;
      near.on("close", () => hole.open--);
      const far = connect(Number(port), host);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(from);
        from.on("error", () => {});
        from.on("data", (chunk) => {
          if (!hole.swallow) to.write(chunk);
        });
        from.on("close", () => to.destroy());
      }
    });
    closers.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const hole: BlackHole = { address, swallow: false, dials: 0, open: 0 };
    return hole;
  }
});
