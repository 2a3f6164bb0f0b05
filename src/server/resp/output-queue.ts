/**
 * Replies of one connection on their way out, in order: each may leave once the log is durable up to its position. What may leave
 * is joined into one string and written once a turn.
 */
export class OutputQueue {
  /** Ready text that no held reply stands before. */
  #ready = "";
  readonly #held: { text: string; readonly lsn: number }[] = [];
  #head = 0;
  #heldBytes = 0;

  get heldCount(): number {
    return this.#held.length - this.#head;
  }

  /** Bytes waiting for durability or for the next write. */
  get bytes(): number {
    return this.#ready.length + this.#heldBytes;
  }

  push(text: string, lsn: number, durableLsn: number): void {
    if (this.heldCount === 0 && lsn <= durableLsn) {
      this.#ready += text;
      return;
    }
    this.#heldBytes += text.length;
    const last = this.heldCount > 0 ? this.#held[this.#held.length - 1]! : undefined;
    if (last !== undefined && last.lsn >= lsn) last.text += text;
    else this.#held.push({ text, lsn });
  }

  /** Releases what is durable now. */
  release(durableLsn: number): void {
    while (this.#head < this.#held.length && this.#held[this.#head]!.lsn <= durableLsn) {
      const { text } = this.#held[this.#head++]!;
      this.#ready += text;
      this.#heldBytes -= text.length;
    }
    if (this.#head > 64 && this.#head * 2 >= this.#held.length) {
      this.#held.splice(0, this.#head);
      this.#head = 0;
    }
  }

  /** What is held will not become durable: `text` stands in for the whole rest. */
  abandon(text: string): void {
    this.#held.length = 0;
    this.#head = 0;
    this.#heldBytes = 0;
    this.#ready += text;
  }

  /** Takes everything that may leave. */
  take(): string {
    const text = this.#ready;
    this.#ready = "";
    return text;
  }
}
