import { randomBytes } from "node:crypto";
import { isObject, type JsonObject, type JsonValue } from "./json.ts";
import { GENERATION_FIELD } from "./layout.ts";
import { RegionWords, type Written } from "./region-words.ts";
import { Revocations } from "./revocations.ts";
import { SessionEndedError, SessionOptionError } from "./session-errors.ts";
import { readOptions, type SessionLike, type SessionOptions, type SessionSettings } from "./session-options.ts";
import { SessionWalk } from "./session-walk.ts";
import { Tie } from "./tie.ts";
import { timeToLiveMs, withMovingEnd, withoutMovingEnd } from "./time-to-live.ts";

/** A session that was loaded: an object that the application changes, and the tie by which it is saved. */
export interface LoadedSession {
  readonly data: JsonObject;
  readonly tie: Tie;
}

const GENERATION_BYTES = 9;

/**
 * Sessions in a region, for programs without a framework; the stores of the frameworks are made of it. An object is saved as the
 * difference to what was loaded, so two requests that change one session at once both keep what they did; a session that was ended
 * meanwhile stays ended.
 */
export class Sessions {
  readonly revocations: Revocations;
  readonly #settings: SessionSettings;
  readonly #words: RegionWords;
  readonly #walk: SessionWalk;
  readonly #ties = new WeakMap<object, Tie>();

  /** Throws SessionOptionError. */
  constructor(options: SessionOptions) {
    this.#settings = readOptions(options);
    this.#words = new RegionWords(this.#settings.caller, this.#settings.readYourWrites);
    this.#walk = new SessionWalk(this.#settings, this.#words);
    this.revocations = new Revocations(this.#settings, this.#words);
  }

  /** Of this process's latest write; null without `readYourWrites`. */
  get latestToken(): string | null {
    return this.#words.latestToken;
  }

  get readsItsWrites(): boolean {
    return this.#settings.readYourWrites !== null;
  }

  /**
   * Null when there is none. `token`: what the client has seen elsewhere; `whenStale` is called when the answer, none included, is older
   * than that, because time was up.
   */
  async load(id: string, token: string | null = null, whenStale = (): void => {}): Promise<LoadedSession | null> {
    const { layout, disableTTL } = this.#settings;
    const key = this.#key(id);
    const commands = [layout.load(key), ...(disableTTL ? [] : [["PTTL", key]])];
    const { replies, isStale } = await this.#words.readCurrent(commands, token);
    if (isStale) whenStale();
    const stored = layout.read(replies[0]);
    if (stored === null) return null;
    const tie = new Tie(id, stored.generation, JSON.stringify(stored.data));
    return { data: withMovingEnd(stored.data, Number(replies[1] ?? 0), Date.now()), tie };
  }

  /** The same, tied to the object it answers: `set` knows it by that. */
  async get<T extends object = Record<string, unknown>>(id: string, token: string | null = null): Promise<T | null> {
    const loaded = await this.load(id, token);
    if (loaded === null) return null;
    this.tie(loaded.data, loaded.tie);
    return loaded.data as T;
  }

  /**
   * Saves what was changed in an object since it was loaded or saved; an object that is not known becomes the whole session, a new one
   * or in place of the one that is there. Where the session has ended meanwhile nothing is saved.
   */
  async set(id: string, session: object): Promise<void> {
    const tie = this.tieOf(session);
    if (tie?.id === id) await tie.inTurn(() => this.#save(tie, session));
    else await this.#put(id, session);
  }

  /** Prolongs a session that is there. */
  async touch(id: string, session: SessionLike): Promise<void> {
    const { disableTouch, disableTTL } = this.#settings;
    if (disableTouch || disableTTL) return;
    await this.#words.read([["PEXPIRE", this.#key(id), String(timeToLiveMs(session, this.#settings, Date.now()))]]);
  }

  /** Ends a session, in every region by the class of its key. */
  async destroy(id: string): Promise<void> {
    await this.#words.write(["DEL", this.#key(id)]);
  }

  ids(): Promise<readonly string[]> {
    return this.#walk.ids();
  }

  async length(): Promise<number> {
    return (await this.#walk.ids()).length;
  }

  all(): Promise<readonly (JsonObject & { readonly id: string })[]> {
    return this.#walk.all();
  }

  clear(): Promise<void> {
    return this.#walk.clear();
  }

  /** Whether `set` would send something: a new object counts once there is more in it than a cookie. */
  isChanged(session: object): boolean {
    const tie = this.tieOf(session);
    if (tie === undefined) return Object.keys(session).some((key) => key !== "cookie");
    const { layout, isCounter } = this.#settings;
    return layout.changes(tie.known, this.#dataOf(session), isCounter).length > 0;
  }

  tie(session: object, tie: Tie): void {
    this.#ties.set(session, tie);
  }

  tieOf(session: object): Tie | undefined {
    return this.#ties.get(session);
  }

  async #save(tie: Tie, session: object): Promise<void> {
    const ttlMs = this.#ttlMs(session);
    if (ttlMs !== null && ttlMs <= 0) return this.destroy(tie.id);
    const data = this.#dataOf(session);
    const { layout, isCounter } = this.#settings;
    const { known } = tie;
    const commands = layout.changes(known, data, isCounter);
    const user = this.#user(session);
    const isTheirs = user !== "" && user === this.#user(known);
    if (commands.length === 0 && (user === "" || isTheirs)) return this.touch(tie.id, session);
    const written = await this.#words.run(layout, "save", {
      key: this.#key(tie.id),
      generation: tie.generation,
      ttlMs: ttlMs ?? 0,
      user: isTheirs ? "" : user,
      commands,
    });
    this.#settle(tie, written, JSON.stringify(data), Number(written.reply) === 1);
  }

  async #put(id: string, session: object): Promise<void> {
    const ttlMs = this.#ttlMs(session);
    if (ttlMs !== null && ttlMs <= 0) return this.destroy(id);
    const data = this.#dataOf(session);
    const { layout, isCounter } = this.#settings;
    const generation = randomBytes(GENERATION_BYTES).toString("hex");
    const written = await this.#words.run(layout, "put", {
      key: this.#key(id),
      generation,
      ttlMs: ttlMs ?? 0,
      user: this.#user(session),
      commands: layout.whole(data, generation, isCounter),
    });
    const tie = new Tie(id, String(written.reply), "{}");
    this.tie(session, tie);
    this.#settle(tie, written, JSON.stringify(data), true);
  }

  #settle(tie: Tie, { token }: Written, text: string, isSaved: boolean): void {
    if (!isSaved) {
      if (this.#settings.failsWhenEnded) throw new SessionEndedError(tie.id);
      return;
    }
    tie.nowKnown(text);
    tie.token = token;
  }

  /** The session as JSON has it. */
  #dataOf(session: object): JsonObject {
    const data = JSON.parse(JSON.stringify(session)) as JsonValue;
    if (!isObject(data)) throw new SessionOptionError("a session has to be an object");
    if (Object.hasOwn(data, GENERATION_FIELD)) {
      throw new SessionOptionError(`a session has no field ${GENERATION_FIELD} of its own: the store uses it`);
    }
    return this.#settings.disableTTL ? data : withoutMovingEnd(data);
  }

  /** Null: no end. */
  #ttlMs(session: object): number | null {
    return this.#settings.disableTTL ? null : timeToLiveMs(session, this.#settings, Date.now());
  }

  /** Empty: nobody's. */
  #user(session: SessionLike): string {
    return this.#settings.user?.(session) ?? "";
  }

  #key(id: string): string {
    return this.#settings.prefix + id;
  }
}
