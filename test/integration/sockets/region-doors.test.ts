import { readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Agent, request } from "undici";
import type { ChildProgram } from "../../../chaos/world/child-program.ts";
import type { NodeReady } from "../../../chaos/world/start-world.ts";
import { writeProxyHeader } from "../../../src/sockets/proxy-header.ts";
import { Certificates } from "../../support/certificates.ts";
import { hostPort, runProgram, READ_ONLY_TOKEN, Scratch, startNode, TOKEN, waitFor } from "../../support/processes.ts";

/** One region whose doors speak TLS and trust this machine to say who its clients are. */
const scratch = new Scratch();
let node: ChildProgram<NodeReady>;
let authority: Buffer;
let agent: Agent;

beforeAll(async () => {
  const certificates = new Certificates(scratch.directory());
  const { certificate, key } = certificates.issue("region");
  authority = readFileSync(certificates.path("ca.pem"));
  agent = new Agent({ connect: { ca: authority } });
  const args = ["--trusted-proxies", "127.0.0.0/8,::1", "--client-cert", certificate, "--client-key", key];
  node = await startNode({ data: scratch.directory(), args });
}, 30_000);

afterAll(async () => {
  await agent.close();
  await node.stop(10_000);
  scratch.clean();
});

async function overResp(header: Buffer, words: string): Promise<string> {
  const raw = connectTcp(hostPort(node.ready.resp));
  raw.write(header);
  const socket = connectTls({ socket: raw, ca: authority, servername: "localhost" });
  socket.on("error", () => {});
  socket.write(`${words}\r\nQUIT\r\n`);
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += String(chunk)));
  await waitFor("the end", () => raw.destroyed);
  return text;
}

const inRest = async (path: string, token: string, headers: Record<string, string>): Promise<string> => {
  const reply = await request(`https://${node.ready.rest}${path}`, {
    dispatcher: agent,
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  return reply.body.text();
};

describe("a region behind a router that it trusts", () => {
  test("knows a RESP client's own address: CLIENT LIST and ACL LOG show it", async () => {
    const client = { address: "192.0.2.7", port: 4711 };
    const header = writeProxyHeader(2, client, { address: "127.0.0.1", port: 1 });
    expect(await overResp(header, "CLIENT LIST")).toContain(" addr=192.0.2.7:4711 ");
    await overResp(writeProxyHeader(1, client, { address: "127.0.0.1", port: 1 }), "AUTH nobody wrong");
    expect(await overResp(writeProxyHeader(2, null, null), "ACL LOG")).toContain("addr=192.0.2.7:4711");
  });

  test("takes no connection from it without a PROXY header", async () => {
    expect(await overResp(Buffer.alloc(0), "PING")).toBe("");
    await waitFor("the region to say why", () =>
      node.stderr.some((line) => line.includes("does not begin with a PROXY header")),
    );
  });

  test("knows a REST client's by x-forwarded-for, as far as that is vouched for", async () => {
    await inRest("/set/k/v", READ_ONLY_TOKEN, { "x-forwarded-for": "6.6.6.6, 192.0.2.9" });
    await inRest("/del/k", READ_ONLY_TOKEN, {});
    const log = await inRest("/acl/log", TOKEN, {});
    expect(log).toContain(" addr=192.0.2.9:0 ");
    expect(log).toMatch(/ addr=127\.0\.0\.1:\d+ /u);
    expect(log).not.toContain("6.6.6.6");
  });

  test("and one that anybody could be between refuses to start without a key", async () => {
    const ended = await runProgram(["node", "--region", "a", "--data", scratch.directory(), "--client-cert", "x"]);
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("--client-cert and --client-key") as string,
    });
  });
});
