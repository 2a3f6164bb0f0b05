import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { NO_WISHES } from "./choice.ts";
import type { RespLimits } from "./limits.ts";
import type { RouterMetrics } from "./metrics.ts";
import type { RegionBoard } from "./region-board.ts";

/**
 * The RESP door: bytes spliced between a client and one region, chosen when the client arrives. The router reads none of them, so
 * every command, push and transaction works; for the same reason it cannot move a live conversation elsewhere, whose state
 * (AUTH, SELECT, MULTI, subscriptions) lies in the region. When that region goes down both ends are closed at once: each
 * Redis client reconnects by itself, and arrives at a region that is well.
 */
export interface RespSplice {
  listen(host: string, port: number): Promise<number>;
  /** No new connections; those to which nothing is owed are closed as they fall silent, the rest when `timeoutMs` is over. */
  drain(timeoutMs: number): Promise<void>;
  /** Closes all connections. */
  cut(): void;
}

export interface RespSurroundings {
  readonly board: RegionBoard;
  readonly limits: RespLimits;
  readonly metrics: RouterMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Redis' own words, which clients know how to read. */
const TOO_MANY = "-ERR max number of clients reached\r\n";
const UNREACHABLE = "-ERR no region could be reached; try again\r\n";

const DRAIN_CHECK_MS = 25;

type RespOutcome = Parameters<RouterMetrics["respOver"]>[1];

export function openRespSplice(around: RespSurroundings): RespSplice {
  const conversations = new Set<Conversation>();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
    if (conversations.size >= around.limits.connectionsMax) {
      around.metrics.respRefused("too-many");
      client.on("error", () => {});
      client.end(TOO_MANY, () => client.destroy());
      return;
    }
    const conversation = new Conversation(around, client, () => conversations.delete(conversation));
    conversations.add(conversation);
    conversation.start();
  });
  const cut = (): void => {
    for (const conversation of conversations) conversation.end("drained");
  };
  return {
    cut,
    listen: (host, port) => listen(server, host, port),
    async drain(timeoutMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const check = setInterval(() => {
        for (const conversation of conversations) conversation.endIfIdle();
      }, DRAIN_CHECK_MS);
      const deadline = setTimeout(cut, timeoutMs);
      await closed;
      clearInterval(check);
      clearTimeout(deadline);
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

class Conversation {
  readonly #around: RespSurroundings;
  readonly #client: Socket;
  readonly #onOver: () => void;
  #order: readonly string[] = [];
  #tried = 0;
  #region: string | null = null;
  #upstream: Socket | null = null;
  #connected = false;
  #over = false;
  #leaveRegion: () => void = () => {};
  #halfOpen: NodeJS.Timeout | null = null;
  #asked = 0;
  #answered = 0;
  #owed = false;
  #quietSinceMs: number;

  constructor(around: RespSurroundings, client: Socket, onOver: () => void) {
    this.#around = around;
    this.#client = client;
    this.#onOver = onOver;
    this.#quietSinceMs = around.clock.monotonicMs();
  }

  start(): void {
    const { board, limits, logger } = this.#around;
    this.#client.setKeepAlive(true, limits.keepAliveMs);
    this.#client.on("error", () => this.end("client-gone"));
    this.#client.on("close", () => this.end("client-gone"));
    const choice = board.choose(NO_WISHES);
    if (choice.kind === "route") {
      this.#order = choice.order.filter((region) => board.address(region)?.respUrl != null);
      logger.debug("connection routed", { region: this.#order[0], reason: choice.reason });
    }
    this.#connectNext();
  }

  /** Closes both ends, whatever is in between. */
  end(outcome: RespOutcome): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#connected && this.#region !== null) this.#around.metrics.respOver(this.#region, outcome);
    this.#leaveRegion();
    if (this.#halfOpen !== null) clearTimeout(this.#halfOpen);
    this.#upstream?.destroy();
    this.#client.destroy();
    this.#onOver();
  }

  /** While draining: closes it once it has been silent for a while and the region spoke last. */
  endIfIdle(): void {
    const nowMs = this.#around.clock.monotonicMs();
    const asked = this.#client.bytesRead;
    const answered = this.#upstream?.bytesRead ?? 0;
    if (asked !== this.#asked || answered !== this.#answered) {
      this.#owed = answered === this.#answered;
      this.#asked = asked;
      this.#answered = answered;
      this.#quietSinceMs = nowMs;
    } else if (!this.#owed && nowMs - this.#quietSinceMs >= this.#around.limits.drainIdleMs) {
      this.end("drained");
    }
  }

  #connectNext(): void {
    const { board, limits } = this.#around;
    const region = this.#order[this.#tried];
    const respUrl = region === undefined ? null : (board.address(region)?.respUrl ?? null);
    if (region === undefined || respUrl === null) return this.#giveUp();
    this.#tried += 1;
    this.#region = region;
    const { hostname, port } = new URL(respUrl);
    const host = hostname.replace(/^\[|\]$/gu, "");
    const upstream = connect({
      host,
      port: Number(port),
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: limits.keepAliveMs,
    });
    this.#upstream = upstream;
    const timer = setTimeout(
      () => upstream.destroy(new Error(`no connection within ${limits.connectTimeoutMs} ms`)),
      limits.connectTimeoutMs,
    );
    const endWatch = board.watchDown(region, (reason) => {
      if (this.#connected) this.#regionWentDown(reason);
      else upstream.destroy(new Error(`the region went down: ${reason}`));
    });
    this.#leaveRegion = () => {
      clearTimeout(timer);
      endWatch();
    };
    let failure = "closed";
    upstream.on("error", (error) => (failure = error.message));
    upstream.on("close", () => {
      if (this.#over || upstream !== this.#upstream) return;
      if (this.#connected) this.end("ended");
      else this.#moveOn(region, failure);
    });
    upstream.once("connect", () => {
      clearTimeout(timer);
      this.#splice(upstream);
    });
  }

  /** Nothing of what the client said has left the router yet, so any region will do. */
  #moveOn(from: string, reason: string): void {
    const { board, metrics, logger } = this.#around;
    this.#leaveRegion();
    board.doubt(from);
    const to = this.#order[this.#tried];
    if (to !== undefined) metrics.failedOver(from, to, false);
    logger.info("connection not made", { from, to: to ?? null, reason });
    this.#connectNext();
  }

  #splice(upstream: Socket): void {
    const { metrics, limits } = this.#around;
    if (this.#over) return;
    this.#connected = true;
    metrics.respOpened(this.#region!);
    const halfOpen = (): void => {
      this.#halfOpen ??= setTimeout(() => this.end("ended"), limits.halfOpenMs);
    };
    this.#client.once("end", halfOpen);
    upstream.once("end", halfOpen);
    // pipe() carries the end of one side to the other, and stops reading where the other side does not keep up.
    this.#client.pipe(upstream);
    upstream.pipe(this.#client);
  }

  #regionWentDown(reason: string): void {
    this.#around.logger.debug("connection closed with its region", { region: this.#region, reason });
    this.end("region-down");
  }

  #giveUp(): void {
    this.#around.metrics.respRefused("unreachable");
    this.#around.logger.warn("connection refused: no region could be reached", { tried: this.#order });
    this.#client.end(UNREACHABLE, () => this.end("ended"));
  }
}
