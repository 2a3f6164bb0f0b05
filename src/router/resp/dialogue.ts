import type { BinaryString } from "../../base/bytes.ts";
import { RequestScanner } from "./request-scanner.ts";
import { ReplyScanner } from "./reply-scanner.ts";
import { claimedUser, keepsWords, SessionMemory } from "./session-memory.ts";

/** What passes between one client and its regions, as far as it is followed: both scanners and what they find. */
export class Dialogue {
  readonly memory = new SessionMemory();
  /** As whom the client last wanted to be let in; "" where that could not be told. */
  claimed: BinaryString | null = null;
  readonly #watchesUsers: boolean;
  readonly #requests = new RequestScanner(keepsWords, (command) => {
    this.claimed = claimedUser(command) ?? this.claimed;
    this.memory.sent(command);
  });
  #replies = this.#newReplies();

  /** `watchesUsers`: who the client claims to be is followed even where the rest no longer is. */
  constructor(watchesUsers: boolean) {
    this.#watchesUsers = watchesUsers;
  }

  /** Between two commands, everything answered, and nothing that only the present region knows. */
  get canMove(): boolean {
    return this.memory.canMove && this.#requests.isBetweenCommands && this.#replies.isBetweenReplies;
  }

  fromClient(chunk: Buffer): void {
    if (this.memory.isBound && !this.#watchesUsers) return;
    this.#requests.feed(chunk);
    if (this.#requests.understands) return;
    this.memory.bind();
    // It may say anything from now on.
    this.claimed = "";
  }

  fromRegion(chunk: Buffer): void {
    if (this.memory.isBound) return;
    this.#replies.feed(chunk);
    if (!this.#replies.understands) this.memory.bind();
  }

  /** Another region speaks from now on. */
  moved(): void {
    this.#replies = this.#newReplies();
  }

  #newReplies(): ReplyScanner {
    return new ReplyScanner((isError) => this.memory.answered(isError));
  }
}
