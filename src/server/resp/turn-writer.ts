/** What the writer calls of a connection. */
export interface TurnMember {
  /** Writes what may leave. */
  write(): void;
  /** The log is durable further than before. True while replies are still held. */
  durable(): boolean;
}

/**
 * Gathers who has something to write and lets each write once a turn, after every socket that was readable in it has been
 * read; a pipeline's replies leave in one packet. Also knows who holds replies back: at each sync of the log those are asked,
 * and not thousands of idle ones.
 */
export class TurnWriter {
  #due: TurnMember[] = [];
  #scheduled = false;
  readonly #holding = new Set<TurnMember>();

  /** `member` wants to write at the end of this turn. It asks once until it was called. */
  schedule(member: TurnMember): void {
    this.#due.push(member);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  /** `member` holds replies back. It tells once until `durable` answered false. */
  holds(member: TurnMember): void {
    this.#holding.add(member);
  }

  /** `member` is gone. */
  forget(member: TurnMember): void {
    this.#holding.delete(member);
  }

  /** The log is durable further: everything that this sync released leaves in this very turn. */
  durable(): void {
    for (const member of this.#holding) if (!member.durable()) this.#holding.delete(member);
    this.#flush();
  }

  #flush(): void {
    if (this.#due.length === 0) return;
    const due = this.#due;
    this.#due = [];
    for (const member of due) member.write();
  }
}
