import type { World } from "../../chaos/world/start-world.ts";

interface PeerLine {
  readonly peer: string;
  readonly connected: boolean;
  readonly rttMs: number;
  readonly lagMs: number;
}

/** What one region's admin address says of its links; null when it does not answer. */
async function linksOf(admin: string): Promise<readonly PeerLine[] | null> {
  try {
    const response = await fetch(`http://${admin}/status`, { signal: AbortSignal.timeout(500) });
    return ((await response.json()) as { peers: PeerLine[] }).peers;
  } catch {
    return null;
  }
}

/** The table `antipode world` begins with. */
export async function worldTable(world: World): Promise<string> {
  const rows: string[][] = [["region", "RESP", "REST", "peers", "lag"]];
  for (const { ready } of world.nodes) {
    const links = (await linksOf(ready.admin)) ?? [];
    const connected = links.filter((link) => link.connected).length;
    const lagMs = Math.max(0, ...links.map((link) => link.lagMs));
    rows.push([
      ready.region,
      `redis://${ready.resp}`,
      `http://${ready.rest}`,
      `${connected}/${links.length}`,
      `${lagMs.toFixed(0)} ms`,
    ]);
  }
  const { http, resp } = world.router.ready;
  rows.push(["router", resp === null ? "–" : `redis://${resp}`, `http://${http}`, "", ""]);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ")}`.trimEnd())
    .join("\n");
}

/** Lines to paste. */
export function worldExamples(world: World): string {
  const { token, readOnlyToken } = world.secrets;
  const [first, second] = world.nodes;
  const { http } = world.router.ready;
  const [host, port] = first!.ready.resp.split(":");
  const other = (second ?? first)!.ready;
  return [
    `  token            ${token}`,
    `  read-only token  ${readOnlyToken}`,
    "",
    `  Write in ${first!.ready.region}, read in ${other.region}:`,
    `    redis-cli -h ${host} -p ${port} HSET session:1 user ada`,
    `    curl -s http://${other.rest}/hgetall/session:1 -H "Authorization: Bearer ${token}"`,
    "",
    "  Through the router, from an application:",
    '    import { Redis } from "@upstash/redis";',
    "    const redis = new Redis({",
    `      url: "http://${http}", token: "${token}",`,
    "    });",
    '    console.log(await redis.hgetall("session:1"));',
  ].join("\n");
}

/** One line: what each link lacks at this moment. */
export async function worldLagLine(world: World): Promise<string> {
  const parts: string[] = [];
  for (const node of world.nodes) {
    const links = node.running ? await linksOf(node.ready.admin) : null;
    if (links === null) {
      parts.push(`${node.ready.region}: down`);
      continue;
    }
    for (const { peer, connected, rttMs, lagMs } of links) {
      const state = connected ? `${lagMs.toFixed(0)} ms behind, ${(rttMs / 2).toFixed(0)} ms away` : "not connected";
      parts.push(`${peer}→${node.ready.region} ${state}`);
    }
  }
  return parts.join(" · ");
}
