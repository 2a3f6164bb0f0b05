import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import type { Random } from "../../base/random.ts";
import type { AddressRanges } from "../../sockets/address-ranges.ts";
import { expectProxyHeaders } from "../../sockets/proxied-door.ts";
import { doorTls, renewTls, type TlsFiles } from "../../sockets/tls-files.ts";
import { AddressCount } from "../address-count.ts";
import { boundAddress, listenOptions } from "../listen-address.ts";
import type { ListenAddress } from "../listen-address.ts";
import { NO_WISHES } from "../choice.ts";
import type { PinnedHosts } from "../wishes.ts";
import { Caretaker } from "./caretaker.ts";
import { Conversation } from "./conversation.ts";
import { TOO_MANY } from "./refusal-lines.ts";
import type { RespSurroundings } from "./resp-surroundings.ts";

/**
 * The RESP door: each client gets one region, chosen when it arrives, and bytes are spliced between the two. When that region goes down both
 * ends are closed at once: each Redis client reconnects by itself, and arrives at a region that is well; or, where sessions are
 * resumed, idle ones are carried over.
 */
export interface RespDoor {
  listen(address: ListenAddress): Promise<ListenAddress>;
  /** No new connections; those to which nothing is owed are closed as they fall silent, the rest when `timeoutMs` is over. */
  drain(timeoutMs: number): Promise<void>;
  /** Closes all connections. */
  cut(): void;
}

export interface RespDoorOptions {
  readonly tls: TlsFiles | null;
  /** Proxies whose connections begin with a PROXY header. */
  readonly proxies: AddressRanges;
  readonly hosts: PinnedHosts;
  readonly random: Random;
}

const DRAIN_CHECK_MS = 25;

/** Throws when a file of TLS cannot be read. */
export function openRespDoor(around: RespSurroundings, options: RespDoorOptions): RespDoor {
  const { limits, metrics, logger } = around;
  const { tls } = options;
  const conversations = new Set<Conversation>();
  const addresses = new AddressCount(limits.connectionsPerAddressMax);
  const caretaker = new Caretaker(around, conversations, options.random);

  const accept = (client: Socket): void => {
    const address = client.remoteAddress ?? "";
    const isFull = conversations.size >= limits.connectionsMax;
    if (isFull || !addresses.enter(address)) {
      metrics.respRefused(isFull ? "too-many" : "too-many-from-one");
      client.on("error", () => {});
      client.end(TOO_MANY, () => client.destroy());
      return;
    }
    // What the client wanted to reach, as far as TLS says it.
    const forced = options.hosts.regionOf("servername" in client ? (client as TLSSocket).servername : null);
    const conversation: Conversation = new Conversation(
      around,
      client,
      { ...NO_WISHES, forced },
      {
        onStranded: () => caretaker.stranded(conversation),
        onOver: () => {
          conversations.delete(conversation);
          addresses.leave(address);
          caretaker.gone(conversation);
        },
      },
    );
    conversations.add(conversation);
    conversation.start();
  };

  const shape = { allowHalfOpen: true, noDelay: true };
  const server = tls === null ? createServer(shape, accept) : createTlsServer({ ...doorTls(tls), ...shape }, accept);
  const endRenewal = tls === null ? () => {} : renewTls(tls, server, logger);
  server.on("tlsClientError", (error: Error) => logger.debug("TLS handshake failed", { error: error.message }));
  // Strangers that are still at their handshakes count as well.
  server.maxConnections = limits.connectionsMax + limits.connectionsMax / 10;
  expectProxyHeaders(server, {
    from: options.proxies,
    header: "required",
    onRefused: (proxy, reason) => logger.warn("a proxy's connection is refused", { proxy, reason }),
  });
  const sweeping = setInterval(() => caretaker.sweep(), limits.sweepMs);
  const cut = (): void => {
    for (const conversation of conversations) conversation.end("drained");
  };
  return {
    cut,
    listen: (address) => listen(server, address),
    async drain(timeoutMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const check = setInterval(() => {
        for (const conversation of conversations) {
          if ((conversation.quietMs() ?? -1) >= limits.drainIdleMs) conversation.end("drained");
        }
      }, DRAIN_CHECK_MS);
      const deadline = setTimeout(cut, timeoutMs);
      await closed;
      clearInterval(check);
      clearInterval(sweeping);
      clearTimeout(deadline);
      endRenewal();
    },
  };
}

function listen(server: Server, address: ListenAddress): Promise<ListenAddress> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(listenOptions(address), () => {
      server.off("error", reject);
      resolve(boundAddress(server, address));
    });
  });
}
