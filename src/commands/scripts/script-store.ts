import type { BinaryString } from "../../base/bytes.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import { scriptTooLarge, tooManyScripts } from "./refusals.ts";
import { parseScript, type ParsedScript } from "./script-source.ts";
import { SystemHash } from "../system-hash.ts";

/** Scripts that SCRIPT LOAD may keep, and bytes of one script that is kept for EVALSHA. */
const LOADED_MAX = 16_384;
const SOURCE_BYTES_MAX = 1024 * 1024;
/** Scripts kept because EVAL ran them; programs that write values into their scripts make a new one for every call. */
const EVALUATED_MAX = 512;
/** Sources and hashes taken apart already. */
const PARSED_MAX = 4096;
const PARSED_SOURCE_BYTES_MAX = 16 * 1024;

/**
 * The scripts that EVALSHA finds: two hashes of the system database from SHA-1 to source, so that a script loaded or run in one
 * region can be called by its hash in every other. What SCRIPT LOAD put there stays until SCRIPT FLUSH. What EVAL ran stays
 * among the last few hundred.
 */
export class ScriptStore {
  readonly #loaded = new SystemHash("scripts:loaded");
  readonly #evaluated = new SystemHash("scripts:evaluated");
  /** By source, in the order of their last use here. */
  readonly #bySource = new Map<BinaryString, ParsedScript>();
  readonly #bySha = new Map<string, ParsedScript>();

  /** The source taken apart; remembered, as hashing costs more than a look-up. Throws refusals. */
  parse(source: BinaryString): ParsedScript {
    const known = this.#bySource.get(source);
    if (known !== undefined) return known;
    const script = parseScript(source);
    if (source.length > PARSED_SOURCE_BYTES_MAX) return script;
    if (this.#bySource.size >= PARSED_MAX) {
      this.#bySource.clear();
      this.#bySha.clear();
    }
    this.#bySource.set(source, script);
    this.#bySha.set(script.sha, script);
    return script;
  }

  has(tx: Transaction, sha: string): boolean {
    return this.#sourceOf(tx, sha) !== null;
  }

  /** Null when no region has it. `sha` in lower case. */
  find(tx: Transaction, sha: string): ParsedScript | null {
    const source = this.#sourceOf(tx, sha);
    if (source === null) return null;
    const known = this.#bySha.get(sha);
    return known !== undefined && known.source === source ? known : this.parse(source);
  }

  /** SCRIPT LOAD. Throws refusals, before anything is written. */
  load(tx: Transaction, { sha, source }: ParsedScript): void {
    if (source.length > SOURCE_BYTES_MAX) throw scriptTooLarge(SOURCE_BYTES_MAX, source.length);
    const count = this.#loaded.read(tx, (view) => (view?.has(sha) === true ? 0 : (view?.size ?? 0) + 1));
    if (count > LOADED_MAX) throw tooManyScripts(LOADED_MAX, count);
    if (count > 0) this.#loaded.put(tx, sha, source);
  }

  /** EVAL ran it: EVALSHA may follow, in any region. */
  remember(tx: Transaction, { sha, source }: ParsedScript): void {
    if (source.length > SOURCE_BYTES_MAX || this.has(tx, sha)) return;
    const surplus = this.#evaluated.read(tx, (view) => {
      const fields: BinaryString[] = [];
      let over = (view?.size ?? 0) + 1 - EVALUATED_MAX;
      for (const field of view?.fields() ?? []) {
        if (over-- <= 0) break;
        fields.push(field);
      }
      return fields;
    });
    this.#evaluated.remove(tx, surplus);
    this.#evaluated.put(tx, sha, source);
  }

  count(tx: Transaction): number {
    const sizeOf = (hash: SystemHash): number => hash.read(tx, (view) => view?.size ?? 0);
    return sizeOf(this.#loaded) + sizeOf(this.#evaluated);
  }

  /** SCRIPT FLUSH: all that this region has seen. */
  flush(tx: Transaction): void {
    this.#loaded.clear(tx);
    this.#evaluated.clear(tx);
    this.#bySource.clear();
    this.#bySha.clear();
  }

  #sourceOf(tx: Transaction, sha: string): BinaryString | null {
    return this.#loaded.get(tx, sha) ?? this.#evaluated.get(tx, sha);
  }
}
