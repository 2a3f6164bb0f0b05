import { readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChildProgram } from "../../../chaos/world/child-program.ts";
import type { NodeReady } from "../../../chaos/world/start-world.ts";
import { writeProxyHeader } from "../../../src/sockets/proxy-header.ts";
import { Certificates } from "../../support/certificates.ts";
import { hostPort, PROGRAM, READ_ONLY_TOKEN, Scratch, startNode, TOKEN, waitFor } from "../../support/processes.ts";

interface RouterReady {
  readonly http: string;
  readonly resp: string;
  readonly admin: string;
}

/** A client, a proxy, a router and a region, each pair of them by TLS; the region wants to see the router's certificate. */
const scratch = new Scratch();
let certificates: Certificates;
let authority: Buffer;
let region: ChildProgram<NodeReady>;
let router: ChildProgram<RouterReady>;
let agent: Agent;

const startRouter = (...args: readonly string[]): Promise<ChildProgram<RouterReady>> => {
  const [doors, address] = [["--http", "--resp", "--admin"], "127.0.0.1:0"];
  const reached = `solo=https://${region.ready.rest},rediss://${region.ready.resp}`;
  const all = ["router", ...doors.flatMap((door) => [door, address]), "--region", reached, ...args];
  return ChildProgram.start<RouterReady>("router", PROGRAM, all, {}, 20_000);
};

beforeAll(async () => {
  certificates = new Certificates(scratch.directory());
  authority = readFileSync(certificates.path("ca.pem"));
  const [own, door, shown] = [certificates.issue("region"), certificates.issue("door"), certificates.issue("router")];
  const ca = certificates.path("ca.pem");
  const secured = ["--client-cert", own.certificate, "--client-key", own.key, "--client-ca", ca];
  const args = ["--trusted-proxies", "127.0.0.1", ...secured];
  region = await startNode({ data: scratch.directory(), args });
  router = await startRouter(
    ...["http", "resp"].flatMap((name) => [`--${name}-cert`, door.certificate, `--${name}-key`, door.key]),
    "--region-ca",
    ca,
    "--region-cert",
    shown.certificate,
    "--region-key",
    shown.key,
    "--resp-proxy-protocol-from",
    "127.0.0.0/8",
    "--trusted-proxies",
    "127.0.0.1",
    "--region-proxy-protocol",
    "v2",
    "--resp-resume",
  );
  agent = new Agent({ connect: { ca: authority } });
}, 60_000);

afterAll(async () => {
  await agent.close();
  await router.stop(10_000);
  await region.stop(10_000);
  scratch.clean();
});

async function connect(): Promise<TLSSocket> {
  const raw = connectTcp(hostPort(router.ready.resp));
  raw.on("error", () => {});
  raw.write(writeProxyHeader(2, { address: "192.0.2.7", port: 4711 }, { address: "192.0.2.1", port: 6380 }));
  const socket = connectTls({ socket: raw, ca: authority, servername: "localhost" });
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("secureConnect", resolve));
  return socket;
}

async function ask(socket: TLSSocket, words: string): Promise<string> {
  let text = "";
  const onData = (chunk: Buffer): void => void (text += String(chunk));
  socket.on("data", onData);
  socket.write(`${words}\r\n`);
  await waitFor("an answer", () => text.endsWith("\r\n"));
  socket.off("data", onData);
  return text;
}

async function overRest(path: string, token: string, headers: Record<string, string> = {}): Promise<string> {
  const options = { dispatcher: agent, headers: { authorization: `Bearer ${token}`, ...headers } };
  return (await request(`https://${router.ready.http}${path}`, options)).body.text();
}

describe("TLS and PROXY headers on every leg", () => {
  test("a region sees the address of a Redis client that came by a proxy and the router", async () => {
    const socket = await connect();
    expect(await ask(socket, "SET k v")).toBe("+OK\r\n");
    expect(await ask(socket, "CLIENT LIST")).toContain(" addr=192.0.2.7:4711 ");
    socket.destroy();
  });

  test("and that of a REST client, as far as it is vouched for", async () => {
    await overRest("/set/k/v", READ_ONLY_TOKEN, { "x-forwarded-for": "6.6.6.6, 192.0.2.9" });
    await overRest("/del/k", READ_ONLY_TOKEN);
    const log = await overRest("/acl/log", TOKEN);
    expect(log).toContain(" addr=192.0.2.9:0 ");
    expect(log).toContain(" addr=127.0.0.1:0 ");
    expect(log).not.toContain("6.6.6.6");
  });

  test("a renewed certificate is shown to who comes then", async () => {
    const subject = async (): Promise<string> => {
      const socket = await connect();
      const name = String(socket.getPeerCertificate().subject.CN);
      socket.destroy();
      return name;
    };
    expect(await subject()).toBe("door");
    certificates.issue("door", "renewed");
    await waitFor("the new one", async () => (await subject()) === "renewed", 15_000);
  }, 30_000);

  test("a region whose certificate nobody vouches for is not used", async () => {
    const shown = { certificate: certificates.path("router.pem"), key: certificates.path("router.key") };
    const other = await startRouter("--region-cert", shown.certificate, "--region-key", shown.key);
    const reply = await request(`http://${other.ready.http}/get/k`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(reply.statusCode).toBe(503);
    await reply.body.dump();
    await other.stop(10_000);
  });
});
