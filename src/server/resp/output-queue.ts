/** Replies are joined into strings up to about this long; longer ones could pass what a string can hold (512 MB). */
const PIECE_BYTES_MAX = 4 * 1024 * 1024;
/** Released places at the head of the queue before it is moved up. */
const RELEASED_MAX = 64;

/** Null: the text itself. */
type TextInstead = () => string | null;

interface Held {
  text: string;
  /** Further pieces, of a reply too long for one string. */
  readonly more: readonly string[];
  readonly lsn: number;
  /** Asked when it is released: what leaves in its place; null when it stands. Not for joined ones. */
  readonly instead: TextInstead | null;
  /** Replies to commands in it: 0 for a push message. */
  replies: number;
}

const NOTHING: readonly string[] = [];

/**
 * Replies of one connection on their way out, in order: each may leave once the log is durable up to its position. One that
 * may leave at once still waits behind one that may not. What may leave is joined, to be written at once.
 */
export class OutputQueue {
  /** Ready text that no held reply stands before: whole pieces, then what is being joined. */
  readonly #pieces: string[] = [];
  #ready = "";
  #readyBytes = 0;
  readonly #held: Held[] = [];
  #head = 0;
  #heldBytes = 0;

  /** Some reply waits for the log. */
  get isHolding(): boolean {
    return this.#head < this.#held.length;
  }

  /** Something may leave. */
  get isReady(): boolean {
    return this.#readyBytes > 0;
  }

  /** Bytes waiting for durability or for the next write. */
  get bytes(): number {
    return this.#readyBytes + this.#heldBytes;
  }

  /** The reply to one command; `more` are further pieces of it; `instead` is asked when it had to be held. */
  reply(
    text: string,
    lsn: number,
    durableLsn: number,
    instead: TextInstead | null = null,
    more: readonly string[] = NOTHING,
  ): void {
    if (!this.isHolding && lsn <= durableLsn) {
      this.#append(text);
      for (const piece of more) this.#append(piece);
      return;
    }
    this.#heldBytes += text.length;
    for (const piece of more) this.#heldBytes += piece.length;
    const last = this.isHolding ? this.#held[this.#held.length - 1]! : null;
    const joins =
      last !== null &&
      last.lsn >= lsn &&
      last.instead === null &&
      instead === null &&
      last.replies > 0 &&
      last.more.length === 0 &&
      more.length === 0 &&
      last.text.length + text.length <= PIECE_BYTES_MAX;
    if (joins) {
      last.text += text;
      last.replies++;
    } else this.#held.push({ text, more, lsn, instead, replies: 1 });
  }

  /** An out-of-band message: behind every reply before it, in one piece. */
  push(text: string): void {
    if (!this.isHolding) {
      this.#append(text);
      return;
    }
    this.#heldBytes += text.length;
    this.#held.push({ text, more: NOTHING, lsn: 0, instead: null, replies: 0 });
  }

  /** Releases what is durable now. */
  release(durableLsn: number): void {
    while (this.isHolding && this.#held[this.#head]!.lsn <= durableLsn) this.#shift();
    if (!this.isHolding) {
      this.#held.length = 0;
      this.#head = 0;
    } else if (this.#head > RELEASED_MAX && this.#head * 2 >= this.#held.length) {
      this.#held.splice(0, this.#head);
      this.#head = 0;
    }
  }

  /**
   * What is held will not become durable: `text` stands in for each reply, so that a client that counts still knows which is
   * which. Push messages stay.
   */
  abandon(text: string): void {
    for (const { text: message, replies } of this.#held.slice(this.#head)) {
      if (replies === 0) this.#append(message);
      for (let index = 0; index < replies; index++) this.#append(text);
    }
    this.#held.length = 0;
    this.#head = 0;
    this.#heldBytes = 0;
  }

  /** Gives out what may leave, as far as one string holds it; "" when that is all. */
  take(): string {
    const whole = this.#pieces.length > 0 ? this.#pieces.shift() : undefined;
    const text = whole ?? this.#ready;
    if (whole === undefined) this.#ready = "";
    this.#readyBytes -= text.length;
    return text;
  }

  #shift(): void {
    const { text, more, instead } = this.#held[this.#head++]!;
    const other = instead === null ? null : instead();
    this.#heldBytes -= text.length;
    this.#append(other ?? text);
    for (const piece of more) {
      this.#heldBytes -= piece.length;
      if (other === null) this.#append(piece);
    }
  }

  #append(text: string): void {
    this.#readyBytes += text.length;
    if (this.#ready.length + text.length <= PIECE_BYTES_MAX) {
      this.#ready += text;
      return;
    }
    if (this.#ready !== "") this.#pieces.push(this.#ready);
    this.#ready = text;
  }
}
