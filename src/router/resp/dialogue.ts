import { RequestScanner } from "./request-scanner.ts";
import { ReplyScanner } from "./reply-scanner.ts";
import { keepsWords, SessionMemory } from "./session-memory.ts";

/** What passes between one client and its regions, as far as it is followed: both scanners and what they find. */
export class Dialogue {
  readonly memory = new SessionMemory();
  readonly #requests = new RequestScanner(keepsWords, (command) => this.memory.sent(command));
  #replies = this.#newReplies();

  /** Between two commands, everything answered, and nothing that only the present region knows. */
  get canMove(): boolean {
    return this.memory.canMove && this.#requests.isBetweenCommands && this.#replies.isBetweenReplies;
  }

  fromClient(chunk: Buffer): void {
    if (this.memory.isBound) return;
    this.#requests.feed(chunk);
    if (!this.#requests.understands) this.memory.bind();
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
