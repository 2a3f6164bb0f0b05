import { Toxiproxy, type Proxy, type Toxic as ServerToxic, type ToxicType } from "toxiproxy-node-client";
import { checkLinkName, hostAndPort, LinkError, type Link, type Links, type Stream, type Toxic } from "./link.ts";
import { startToxiproxyServer, type ToxiproxyProcess } from "./toxiproxy-process.ts";

/** Where a toxiproxy server was found. */
export type ToxiproxySource =
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "binary"; readonly path: string };

const LOOPBACK = /^(?:localhost|127\..*|\[::1\])$/u;

/** Links through a toxiproxy server: ours, ended with us, or one that somebody runs, left as it was. */
export class ToxiproxyLinks implements Links {
  readonly kind = "toxiproxy";
  readonly version: string;
  readonly #client: Toxiproxy;
  readonly #process: ToxiproxyProcess | null;
  readonly #host: string;
  readonly #links: Link[] = [];

  private constructor(client: Toxiproxy, version: string, process: ToxiproxyProcess | null) {
    this.#client = client;
    this.version = version;
    this.#process = process;
    this.#host = new URL(client.host).hostname;
  }

  /** Throws LinkError when the server does not answer. */
  static async connect(source: ToxiproxySource): Promise<ToxiproxyLinks> {
    const process = source.kind === "binary" ? await startToxiproxyServer(source.path) : null;
    const client = new Toxiproxy(source.kind === "url" ? source.url : process!.url);
    try {
      const version = JSON.parse(await client.getVersion()) as { readonly version?: string };
      return new ToxiproxyLinks(client, version.version ?? "unknown", process);
    } catch (error) {
      await process?.stop();
      throw new LinkError(`toxiproxy at ${client.host} does not answer`, { cause: error });
    }
  }

  async open(name: string, upstream: string): Promise<Link> {
    checkLinkName(name);
    try {
      const listen = LOOPBACK.test(this.#host) ? "127.0.0.1:0" : "0.0.0.0:0";
      const proxy = await this.#client.createProxy({ name, listen, upstream, enabled: true });
      const link = new ToxiproxyLink(proxy, this.#addressOf(proxy));
      this.#links.push(link);
      return link;
    } catch (error) {
      throw new LinkError(`toxiproxy opens no link ${name}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Proxies that somebody else made on this server. They stay when this is closed. */
  async existing(): Promise<readonly Link[]> {
    const proxies = Object.values(await this.#client.getAll());
    return proxies.map((proxy) => new ToxiproxyLink(proxy, this.#addressOf(proxy)));
  }

  #addressOf({ listen }: Proxy): string {
    return `${LOOPBACK.test(this.#host) ? "127.0.0.1" : this.#host}:${hostAndPort(listen).port}`;
  }

  async close(): Promise<void> {
    // A server that we end takes its links along.
    if (this.#process === null) await Promise.all(this.#links.map((link) => link.remove().catch(() => {})));
    await this.#process?.stop();
  }
}

class ToxiproxyLink implements Link {
  readonly address: string;
  readonly #proxy: Proxy;
  readonly #toxics = new Map<string, ServerToxic<unknown>>();

  constructor(proxy: Proxy, address: string) {
    this.#proxy = proxy;
    this.address = address;
  }

  get name(): string {
    return this.#proxy.name;
  }

  async addToxic(name: string, stream: Stream, toxic: Toxic): Promise<void> {
    checkLinkName(name);
    try {
      this.#toxics.set(name, await this.#proxy.addToxic({ name, stream, toxicity: 1, ...inItsWords(toxic) }));
    } catch (error) {
      throw new LinkError(`link ${this.name} takes no toxic ${name}: ${(error as Error).message}`, { cause: error });
    }
  }

  async removeToxic(name: string): Promise<void> {
    const toxic = this.#toxics.get(name);
    this.#toxics.delete(name);
    await toxic?.remove();
  }

  async setOpen(open: boolean): Promise<void> {
    const { listen, upstream } = this.#proxy;
    await this.#proxy.update({ listen, upstream, enabled: open });
  }

  async remove(): Promise<void> {
    await this.#proxy.remove();
  }
}

function inItsWords(toxic: Toxic): { readonly type: ToxicType; readonly attributes: unknown } {
  switch (toxic.kind) {
    case "latency":
      return { type: "latency", attributes: { latency: toxic.latencyMs, jitter: toxic.jitterMs } };
    case "bandwidth":
      return { type: "bandwidth", attributes: { rate: toxic.kilobytesPerSecond } };
    case "black-hole":
      return { type: "timeout", attributes: { timeout: 0 } };
    case "slicer":
      return {
        type: "slicer",
        attributes: { average_size: toxic.averageBytes, size_variation: 0, delay: toxic.pauseMicros },
      };
    case "cut-after":
      return { type: "limit_data", attributes: { bytes: toxic.bytes } };
    case "reset-peer":
      return { type: "reset_peer", attributes: { timeout: toxic.afterMs } };
  }
}
