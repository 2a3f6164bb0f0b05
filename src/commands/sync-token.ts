import { ByteReader, ByteWriter, MalformedBytesError } from "../base/bytes.ts";
import { isOriginId, regionOfOrigin, type OriginId, type RegionName } from "../crdt/origin.ts";
import type { Timers } from "../base/timers.ts";
import { namedIncludes, VECTOR_ENTRIES_MAX, type NamedVector } from "../crdt/version-vector.ts";

/** What the token needs of the database. */
export interface TokenSource {
  /** What is applied here, without what is retired. */
  vector(): NamedVector;
  /** That batch and all before it of its origin are applied here; retired or not. */
  covers(origin: OriginId, sequence: number): boolean;
  /** The region has left, and all that will ever come of it is here: what a token demands beyond that is cut off. */
  hasLeft?(region: RegionName): boolean;
  /** Called whenever more may be covered; returns how to stop. */
  onDurable(listener: () => void): () => void;
}

/** First byte of a token: another form of it would have another. */
const FORM = 1;
const TOKEN_CHARACTERS_MAX = 65_536;
const BASE64URL = /^[A-Za-z0-9_-]+$/u;

/**
 * `upstash-sync-token`: a version vector, so that any region can tell whether it has what this client has seen. Opaque to
 * clients, differs after every write. What is empty, unknown or garbage is no token and never an error; a made-up one costs
 * its sender the wait and nobody else anything.
 */
export class SyncTokens {
  readonly #source: TokenSource;
  readonly #writer = new ByteWriter(256);
  #issuedFor: NamedVector = {};
  #issued = "";

  constructor(source: TokenSource) {
    this.#source = source;
  }

  /** The token of what is here now. Between writes it is the same, and made once. */
  issue(): string {
    const vector = this.#source.vector();
    if (this.#issued !== "" && namedIncludes(this.#issuedFor, vector) && namedIncludes(vector, this.#issuedFor)) {
      return this.#issued;
    }
    this.#issuedFor = vector;
    this.#issued = this.#encode(vector);
    return this.#issued;
  }

  /**
   * The token of the last write that this run of the region took, in some forty bytes whatever the number of origins. Batches are applied in
   * causal order, so who has that write has all that the region had before it.
   */
  issueWrites(incarnation: OriginId): string {
    const sequence = this.#source.vector()[incarnation];
    return this.#encode(sequence === undefined ? {} : { [incarnation]: sequence });
  }

  #encode(vector: NamedVector): string {
    const writer = this.#writer;
    writer.reset();
    writer.u8(FORM);
    for (const [id, sequence] of Object.entries(vector)) {
      writer.binary(id);
      writer.varint(sequence);
    }
    return writer.view().toString("base64url");
  }

  /** Null when it is none of ours. */
  static parse(token: string | undefined): NamedVector | null {
    if (token === undefined || token.length > TOKEN_CHARACTERS_MAX || !BASE64URL.test(token)) return null;
    const reader = new ByteReader(Buffer.from(token, "base64url"));
    const entries: [string, number][] = [];
    try {
      if (reader.u8() !== FORM) return null;
      while (reader.remaining > 0) {
        const id = reader.binary();
        const sequence = reader.varint();
        if (!isOriginId(id) || sequence < 1 || entries.length >= VECTOR_ENTRIES_MAX) return null;
        entries.push([id, sequence]);
      }
    } catch (error) {
      if (error instanceof MalformedBytesError) return null;
      throw error;
    }
    return Object.fromEntries(entries);
  }

  isCovered(wanted: NamedVector): boolean {
    return Object.entries(wanted).every(
      ([id, sequence]) => this.#source.covers(id, sequence) || (this.#source.hasLeft?.(regionOfOrigin(id)) ?? false),
    );
  }

  /**
   * Waits until everything in `wanted` is here, at most `timeoutMs` (null: for ever); then calls `done`, with whether it is. Answers how to stop
   * waiting, after which `done` is not called.
   */
  wait(wanted: NamedVector, timeoutMs: number | null, timers: Timers, done: (isCovered: boolean) => void): () => void {
    const expire = (): void => {
      cancel();
      done(this.isCovered(wanted));
    };
    const stopTimer = timeoutMs === null ? (): void => {} : timers.after(timeoutMs, expire);
    const cancel = (): void => {
      stopTimer();
      stop();
    };
    const stop = this.#source.onDurable(() => {
      if (!this.isCovered(wanted)) return;
      cancel();
      done(true);
    });
    return cancel;
  }
}
