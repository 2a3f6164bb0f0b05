import type { Socket } from "node:net";
import { askToken, introduceSession } from "./introduction.ts";
import { Dialogue } from "./dialogue.ts";
import type { Wishes } from "../choice.ts";
import type { RouterMetrics } from "../metrics.ts";
import { reachRegion, type Ends } from "./reach.ts";
import { readFirstUser } from "./first-command.ts";
import { pinnedRegionDown, UNREACHABLE } from "./refusal-lines.ts";
import type { RespSurroundings } from "./resp-surroundings.ts";
import { Silence } from "./silence.ts";

export type RespOutcome = Parameters<RouterMetrics["respOver"]>[1];

/**
 * - connecting: no region has heard of it; the client is not read.
 * - open: bytes pass both ways.
 * - stranded: its region ended the connection while nothing was owed; whether the region is gone or meant it will be seen. The client is not read.
 * - moving: another region is being told who it is. The client is not read.
 */
type State = "connecting" | "open" | "stranded" | "moving" | "over";

/**
 * One client over TCP, and the region it was given. Usually bytes are spliced and none of them read; what the two say to each
 * other can then not go on elsewhere. Where sessions are resumed they are followed: an idle one is carried over to another region, which
 * is told who it is, and its client does not notice.
 */
export class Conversation {
  readonly client: Socket;
  readonly #around: RespSurroundings;
  #wishes: Wishes;
  readonly #ends: Ends;
  readonly #onStranded: () => void;
  readonly #onOver: () => void;
  readonly #dialogue: Dialogue | null;
  #state: State = "connecting";
  #region: string | null = null;
  #upstream: Socket | null = null;
  #giveUp: () => void = () => {};
  #endWatch: () => void = () => {};
  #unfollow: () => void = () => {};
  #halfOpen: NodeJS.Timeout | null = null;
  readonly #silence: Silence;

  constructor(
    around: RespSurroundings,
    client: Socket,
    wishes: Wishes,
    events: { readonly onStranded: () => void; readonly onOver: () => void },
  ) {
    this.client = client;
    this.#around = around;
    this.#wishes = wishes;
    this.#onStranded = events.onStranded;
    this.#onOver = events.onOver;
    const { hasUsers } = around.bounds;
    this.#dialogue = around.resumes || hasUsers ? new Dialogue(hasUsers) : null;
    this.#silence = new Silence(around.clock.monotonicMs());
    this.#ends = {
      client: { address: client.remoteAddress ?? "", port: client.remotePort ?? 0 },
      local: { address: client.localAddress ?? "", port: client.localPort ?? 0 },
    };
  }

  get region(): string | null {
    return this.#region;
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  get isStranded(): boolean {
    return this.#state === "stranded";
  }

  /** Another region could go on with it, without the client's noticing. */
  get canMove(): boolean {
    if (this.#state === "stranded") return true;
    return (
      this.#around.resumes && this.#state === "open" && this.#dialogue?.canMove === true && !this.client.readableEnded
    );
  }

  /** The client asked for one region, and is not led to another without need. */
  get isPinned(): boolean {
    return this.#wishes.forced !== null || this.#wishes.preferred !== null;
  }

  /** In the middle of something that its region must end: a transaction, watched keys, a command. */
  get isBusy(): boolean {
    const memory = this.#dialogue?.memory;
    return memory !== undefined && !memory.isBound && !memory.canMove;
  }

  start(): void {
    const { limits } = this.#around;
    this.client.setKeepAlive(true, limits.keepAliveMs);
    this.client.on("error", () => this.end("client-gone"));
    this.client.on("close", () => this.end("client-gone"));
    if (!this.#around.bounds.hasUsers) return this.#reach();
    this.#giveUp = readFirstUser(this.client, (user) => {
      if (user === null || !this.#mayBe(user)) return this.end("out-of-bounds");
      this.#reach();
    });
  }

  #reach(): void {
    const order = this.#choose();
    this.#giveUp = reachRegion(
      this.#around,
      order,
      this.#ends,
      (region, socket) => {
        this.#region = region;
        this.#around.metrics.respOpened(region);
        this.#open(socket);
      },
      () => this.#refuse(order),
    );
  }

  /** Closes both ends, whatever is in between. */
  end(outcome: RespOutcome): void {
    if (this.#state === "over") return;
    this.#state = "over";
    if (this.#region !== null) this.#around.metrics.respOver(this.#region, outcome);
    this.#giveUp();
    this.#endWatch();
    if (this.#halfOpen !== null) clearTimeout(this.#halfOpen);
    this.#upstream?.destroy();
    this.client.destroy();
    this.#onOver();
  }

  /** For how long both have been silent, the region having spoken last; null: something is owed, or was a moment ago. */
  quietMs(): number | null {
    return this.#state === "open" ? this.#silence.lastsMs(this.#around.clock.monotonicMs()) : null;
  }

  /** Another region takes over, the first of those it would be given now that can be reached. If there is none it stays, while it can. */
  move(reason: string): void {
    if (!this.canMove) return;
    const from = this.#region!;
    const isStranded = this.#state === "stranded";
    const order = this.#choose().filter((region) => isStranded || region !== from);
    const old = this.#upstream;
    this.#state = "moving";
    this.client.pause();
    this.#unfollow();
    if (old === null) return this.#moveTo(order, from, null, reason);
    // What it has seen here, the next region is to have seen as well.
    this.#giveUp = askToken(old, this.#around.limits, (isInStep, token) => {
      // It may still answer: there is no way back to it.
      if (!isInStep) this.#dropUpstream();
      this.#moveTo(order, from, token, reason);
    });
  }

  /** Whether the region it has may serve this user. Its next one will be one that may. */
  #mayBe(user: string): boolean {
    const { bounds } = this.#around;
    if (!bounds.hasUsers) return true;
    const within = bounds.ofUser(user);
    this.#wishes = { ...this.#wishes, within };
    return user !== "" && (within === null || this.#region === null || within.includes(this.#region));
  }

  #choose(): readonly string[] {
    const { board, logger } = this.#around;
    const choice = board.choose(this.#wishes);
    if (choice.kind !== "route") return [];
    const order = choice.order.filter((region) => board.address(region)?.respUrl != null);
    logger.debug("connection routed", { region: order[0], reason: choice.reason });
    return order;
  }

  #moveTo(order: readonly string[], from: string, token: string | null, reason: string): void {
    const { metrics, logger, limits } = this.#around;
    const stay = (): void => {
      if (this.#upstream === null || this.#upstream.readableEnded) return this.end("region-down");
      this.#follow(this.#upstream);
    };
    const arrive = (region: string, socket: Socket): void => {
      this.#dropUpstream();
      this.#region = region;
      metrics.respMoved(from, region);
      logger.debug("connection moved", { from, to: region, reason });
      this.#dialogue!.moved();
      this.#open(socket);
    };
    const introduce = (region: string, socket: Socket): void => {
      const commands = this.#dialogue!.memory.introduction();
      this.#giveUp = introduceSession(socket, commands, token, limits, (failure) => {
        if (failure === null) return arrive(region, socket);
        socket.destroy();
        logger.info("session not taken over", { from, to: region, reason: failure });
        this.end(failure === "refused" ? "ended" : "region-down");
      });
    };
    this.#giveUp = reachRegion(this.#around, order, this.#ends, introduce, stay);
  }

  #open(upstream: Socket): void {
    const { board } = this.#around;
    this.#upstream = upstream;
    this.#endWatch = board.watchDown(this.#region!, (reason) => this.#regionWentDown(reason));
    upstream.on("close", () => {
      if (upstream !== this.#upstream || this.#state === "over") return;
      if (!this.#strand()) this.end("ended");
    });
    if (this.#dialogue === null) this.#splice(upstream);
    else this.#follow(upstream);
  }

  /** pipe() carries the end of one side to the other, and stops reading where the other side does not keep up. */
  #splice(upstream: Socket): void {
    this.#state = "open";
    this.client.once("end", () => this.#halfOpened());
    upstream.once("end", () => this.#halfOpened());
    this.client.on("data", () => this.#silence.clientSpoke());
    upstream.on("data", () => this.#silence.regionSpoke());
    this.client.pipe(upstream);
    upstream.pipe(this.client);
  }

  /** The same with both sides followed, until `#unfollow`. */
  #follow(upstream: Socket): void {
    const { client } = this;
    const dialogue = this.#dialogue!;
    this.#state = "open";
    const fromClient = (chunk: Buffer): void => {
      this.#silence.clientSpoke();
      dialogue.fromClient(chunk);
      if (dialogue.claimed !== null && !this.#mayBe(dialogue.claimed)) return this.end("out-of-bounds");
      if (!upstream.write(chunk)) client.pause();
    };
    const fromRegion = (chunk: Buffer): void => {
      this.#silence.regionSpoke();
      dialogue.fromRegion(chunk);
      if (!client.write(chunk)) upstream.pause();
    };
    const regionTook = (): unknown => client.resume();
    const clientTook = (): unknown => upstream.resume();
    const clientEnded = (): void => {
      this.#halfOpened();
      upstream.end();
    };
    const regionEnded = (): void => {
      if (this.#strand()) return;
      this.#halfOpened();
      client.end();
    };
    client.on("data", fromClient).on("drain", clientTook).on("end", clientEnded);
    upstream.on("data", fromRegion).on("drain", regionTook).on("end", regionEnded);
    this.#unfollow = () => {
      client.off("data", fromClient).off("drain", clientTook).off("end", clientEnded);
      upstream.off("data", fromRegion).off("drain", regionTook).off("end", regionEnded);
    };
    client.resume();
    upstream.resume();
  }

  #halfOpened(): void {
    this.#halfOpen ??= setTimeout(() => this.end("ended"), this.#around.limits.halfOpenMs);
  }

  /** The region has ended a connection on which nothing is owed. False: then something was. */
  #strand(): boolean {
    if (this.#state !== "open" || !this.canMove) return false;
    this.#lose();
    this.#onStranded();
    return true;
  }

  /** Without its region, and not read until it has another. */
  #lose(): void {
    this.#state = "stranded";
    this.client.pause();
    this.#unfollow();
    this.#dropUpstream();
    this.#around.board.doubt(this.#region!);
  }

  #dropUpstream(): void {
    this.#endWatch();
    const old = this.#upstream;
    this.#upstream = null;
    old?.destroy();
  }

  #regionWentDown(reason: string): void {
    if (this.#strand()) return;
    if (this.#state === "moving") return this.#dropUpstream();
    this.#around.logger.debug("connection closed with its region", { region: this.#region, reason });
    this.end("region-down");
  }

  #refuse(tried: readonly string[]): void {
    const { metrics, logger } = this.#around;
    const { forced } = this.#wishes;
    metrics.respRefused(forced === null ? "unreachable" : "pinned-region-down");
    logger.warn("connection refused: no region could be reached", { tried, pinned: forced });
    this.client.end(forced === null ? UNREACHABLE : pinnedRegionDown(forced), () => this.end("ended"));
  }
}
