import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { spawn, type ChildProcess } from "node:child_process";
import { Toxiproxy, type Proxy } from "toxiproxy-node-client";
import { findPorts } from "./ports.ts";

/** Where a toxiproxy server was found. */
export type ToxiproxySource =
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "binary"; readonly path: string };

/** Looks at TOXIPROXY_URL, then on PATH, then where `npm run toxiproxy` builds it below `projectDir`. */
export function findToxiproxy(
  projectDir: string,
  environment: NodeJS.ProcessEnv = process.env,
): ToxiproxySource | null {
  const url = environment["TOXIPROXY_URL"];
  if (url !== undefined && url !== "") return { kind: "url", url };
  const candidates = (environment["PATH"] ?? "").split(delimiter).map((dir) => join(dir, "toxiproxy-server"));
  candidates.push(join(projectDir, ".cache", "toxiproxy", "toxiproxy-server"));
  const path = candidates.find((candidate) => existsSync(candidate));
  return path === undefined ? null : { kind: "binary", path };
}

const START_TIMEOUT_MS = 10_000;

/** A toxiproxy server, ours or somebody's, with one proxy per directed dial. */
export class ToxiproxyServer {
  readonly client: Toxiproxy;
  readonly #child: ChildProcess | null;
  readonly #proxies = new Map<string, Proxy>();

  private constructor(client: Toxiproxy, child: ChildProcess | null) {
    this.client = client;
    this.#child = child;
  }

  static async start(source: ToxiproxySource): Promise<ToxiproxyServer> {
    if (source.kind === "url") return new ToxiproxyServer(new Toxiproxy(source.url), null);
    const [port] = await findPorts(0, 1);
    const child = spawn(source.path, ["-host", "127.0.0.1", "-port", String(port)], {
      stdio: "ignore",
      detached: true,
    });
    const server = new ToxiproxyServer(new Toxiproxy(`http://127.0.0.1:${port}`), child);
    const deadline = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      try {
        await server.client.getVersion();
        return server;
      } catch (error) {
        if (performance.now() > deadline) {
          child.kill("SIGKILL");
          throw new Error("the toxiproxy server does not answer", { cause: error });
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** A proxy to `upstream` (HOST:PORT) with `oneWayMs` in each direction; answers where it listens. */
  async link(name: string, upstream: string, oneWayMs: number): Promise<string> {
    const existing = await this.client.getAll();
    await existing[name]?.remove();
    const proxy = await this.client.createProxy({ name, listen: "127.0.0.1:0", upstream, enabled: true });
    this.#proxies.set(name, proxy);
    for (const stream of ["upstream", "downstream"] as const) {
      await proxy.addToxic({
        name: `latency_${stream}`,
        type: "latency",
        stream,
        toxicity: 1,
        attributes: { latency: oneWayMs, jitter: Math.round(oneWayMs / 20) },
      } as never);
    }
    return proxy.listen;
  }

  async stop(): Promise<void> {
    for (const proxy of this.#proxies.values()) await proxy.remove().catch(() => {});
    this.#child?.kill("SIGTERM");
  }
}
