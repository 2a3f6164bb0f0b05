import type { Random } from "../../base/random.ts";
import { Pace } from "../pace.ts";
import type { Conversation } from "./conversation.ts";
import type { RespSurroundings } from "./resp-surroundings.ts";

/** A region's words in /readyz by which it says that it will be gone. */
const LEAVING: ReadonlySet<string> = new Set(["draining", "leaving", "left", "superseded"]);
/** Connections looked at in one sweep for one that can be led back. */
const LOOKS_MAX = 2000;
/** Before a region that ended a connection counts as alive, an answer must have come that began after that. */
const SLACK_MS = 50;

/**
 * What is done for connections that stand still: those whose region has ended them are taken elsewhere if it is gone, and closed if it meant it; those of a region
 * that leaves are moved or, where they cannot be, closed once nothing is owed; those that went elsewhere while the nearest region was away
 * are led back one by one.
 */
export class Caretaker {
  readonly #around: RespSurroundings;
  readonly #conversations: ReadonlySet<Conversation>;
  readonly #moves: Pace;
  readonly #returns: Pace;
  /** With the time since when they are. */
  readonly #stranded = new Map<Conversation, number>();
  readonly #waiting = new Map<Conversation, string>();
  #looking: Iterator<Conversation>;
  #home: { readonly region: string | null; readonly sinceMs: number };

  constructor(around: RespSurroundings, conversations: ReadonlySet<Conversation>, random: Random) {
    this.#around = around;
    this.#conversations = conversations;
    this.#moves = new Pace(around.limits.movesPerSecond, random);
    this.#returns = new Pace(around.limits.failbackPerSecond, random);
    this.#looking = conversations.values();
    this.#home = { region: null, sinceMs: around.clock.monotonicMs() };
  }

  stranded(conversation: Conversation): void {
    this.#stranded.set(conversation, this.#around.clock.monotonicMs());
  }

  gone(conversation: Conversation): void {
    this.#stranded.delete(conversation);
    this.#waiting.delete(conversation);
  }

  sweep(): void {
    const nowMs = this.#around.clock.monotonicMs();
    this.#judgeStranded();
    this.#clearLeaving();
    for (const [conversation, reason] of this.#waiting) {
      if (!this.#moves.take(nowMs)) break;
      this.#waiting.delete(conversation);
      conversation.move(reason);
    }
    this.#leadBack(nowMs);
  }

  #judgeStranded(): void {
    const { board } = this.#around;
    for (const [conversation, sinceMs] of this.#stranded) {
      const region = conversation.region!;
      const health = board.health(region);
      const isUp = health !== null && board.isAvailable(region) && !this.#leaves(region);
      if (!conversation.isStranded) this.#stranded.delete(conversation);
      else if (!isUp) {
        this.#stranded.delete(conversation);
        this.#waiting.set(conversation, "its region is gone");
      } else if (health.lastGoodMs > sinceMs + (health.latencyMs ?? 0) + SLACK_MS) {
        this.#stranded.delete(conversation);
        conversation.end("ended");
      } else board.doubt(region);
    }
  }

  #leaves(region: string): boolean {
    const readiness = this.#around.board.health(region)?.readiness;
    return readiness?.kind === "degraded" && LEAVING.has(readiness.reason);
  }

  #clearLeaving(): void {
    const { board, limits } = this.#around;
    const leaving = new Set(board.names.filter((region) => this.#leaves(region)));
    // Nowhere to go to: as long as it answers it is better than nothing.
    const others = board.names.some((region) => !leaving.has(region) && board.isAvailable(region));
    if (leaving.size === 0 || !others) return;
    for (const conversation of this.#conversations) {
      if (!conversation.isOpen || !leaving.has(conversation.region!)) continue;
      if (conversation.canMove) this.#waiting.set(conversation, "its region leaves");
      else if (!conversation.isBusy && (conversation.quietMs() ?? -1) >= limits.drainIdleMs)
        conversation.end("drained");
    }
  }

  #leadBack(nowMs: number): void {
    const { board, limits } = this.#around;
    const { nearest } = board;
    if (nearest !== this.#home.region) this.#home = { region: nearest, sinceMs: nowMs };
    if (nearest === null || nowMs - this.#home.sinceMs < limits.failbackAfterMs) return;
    if (board.health(nearest)?.state.kind !== "healthy" || board.address(nearest)?.respUrl == null) return;
    for (let looks = 0; looks < LOOKS_MAX; looks++) {
      const { value, done } = this.#looking.next();
      if (done === true) {
        this.#looking = this.#conversations.values();
        return;
      }
      if (!value.isOpen || value.isPinned || value.region === nearest) continue;
      const isQuiet = (value.quietMs() ?? -1) >= limits.failbackIdleMs;
      if (!(value.canMove || (isQuiet && !value.isBusy))) continue;
      if (!this.#returns.take(nowMs)) return;
      if (value.canMove) value.move("back to the nearest region");
      else value.end("led-back");
    }
  }
}
