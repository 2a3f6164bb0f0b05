/**
 * Counts the replies in what a region sends, without keeping them: RESP2 and RESP3, nested as they may be. Push messages answer nothing and
 * are not counted; attributes belong to the reply behind them. What it does not know, it does not understand, and says so.
 */
const CR = 13;
const LF = 10;
/** Of a line, what decides: the marker and a length. A status or an error may be longer. */
const HEAD_BYTES_MAX = 24;
const DEPTH_MAX = 64;

interface Open {
  readonly marker: string;
  missing: number;
}

export class ReplyScanner {
  readonly #onReply: (isError: boolean) => void;
  readonly #open: Open[] = [];
  #understands = true;
  #head = "";
  #inLine = false;
  #lastByte = 0;
  /** Bytes of a string, its line end included. */
  #skip = 0;
  /** The marker of the outermost thing being read; "" between replies. */
  #outermost = "";

  constructor(onReply: (isError: boolean) => void) {
    this.#onReply = onReply;
  }

  get understands(): boolean {
    return this.#understands;
  }

  get isBetweenReplies(): boolean {
    return this.#understands && this.#outermost === "" && !this.#inLine;
  }

  feed(chunk: Buffer): void {
    let at = 0;
    while (this.#understands && at < chunk.length)
      at = this.#skip > 0 ? this.#string(chunk, at) : this.#line(chunk, at);
  }

  #string(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#skip);
    this.#skip -= end - at;
    if (this.#skip === 0) this.#whole();
    return end;
  }

  #line(chunk: Buffer, at: number): number {
    const found = chunk.indexOf(LF, at);
    const end = found < 0 ? chunk.length : found;
    const room = HEAD_BYTES_MAX - this.#head.length;
    if (room > 0) this.#head += chunk.latin1Slice(at, Math.min(end, at + room));
    if (end > at) this.#lastByte = chunk[end - 1]!;
    this.#inLine = found < 0;
    if (found < 0) return end;
    if (this.#lastByte === CR) this.#judge(this.#head.replace(/\r$/u, ""));
    else this.#understands = false;
    this.#head = "";
    this.#lastByte = 0;
    return end + 1;
  }

  #judge(head: string): void {
    const marker = head.charAt(0);
    // Behind an attribute comes what it belongs to.
    if (this.#open.length === 0) this.#outermost = marker;
    switch (marker) {
      case "+":
      case "-":
      case ":":
      case "_":
      case "#":
      case ",":
      case "(":
        this.#whole();
        return;
      case "$":
      case "=":
      case "!":
        this.#length(head, (length) => (this.#skip = length + 2));
        return;
      case "*":
      case "~":
      case ">":
        this.#length(head, (length) => this.#collection(marker, length));
        return;
      case "%":
      case "|":
        this.#length(head, (length) => this.#collection(marker, length * 2));
        return;
      default:
        this.#understands = false;
    }
  }

  #length(head: string, go: (length: number) => void): void {
    const text = head.slice(1);
    if (text === "-1") this.#whole();
    else if (/^\d{1,15}$/u.test(text)) go(Number(text));
    else this.#understands = false;
  }

  #collection(marker: string, missing: number): void {
    if (this.#open.length >= DEPTH_MAX) this.#understands = false;
    else if (missing > 0) this.#open.push({ marker, missing });
    else if (marker !== "|") this.#whole();
  }

  /** A thing is whole, and with it perhaps what it stands in. */
  #whole(): void {
    for (let open = this.#open.at(-1); open !== undefined; open = this.#open.at(-1)) {
      open.missing--;
      if (open.missing > 0) return;
      this.#open.pop();
      if (open.marker === "|") return;
    }
    const marker = this.#outermost;
    this.#outermost = "";
    if (marker !== ">") this.#onReply(marker === "-" || marker === "!");
  }
}
