import type { BinaryString } from "../../base/bytes.ts";
import type { Logger } from "../../base/logger.ts";
import type { Database } from "../../keyspace/database-port.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import { ReplyError } from "../../resp/reply-error.ts";
import type { LibraryFunction, LibrarySource, ScriptEngine } from "../scripting-port.ts";
import { parseLibrary } from "./library-source.ts";
import { badShebang, LIBRARY_NOT_FOUND, NO_FUNCTIONS, tooManyScripts } from "./refusals.ts";
import type { Functions, Library, RestorePolicy } from "./scripts.ts";
import { SystemHash } from "../system-hash.ts";

/** Libraries of one database. */
const LIBRARIES_MAX = 1024;

/** A library as it is known here: its code was run, and registered these functions. */
interface KnownLibrary extends Library {
  readonly source: LibrarySource;
}

export interface FoundFunction {
  readonly source: LibrarySource;
  readonly about: LibraryFunction;
}

/**
 * Function libraries: a hash of the system database from name to code. What is compiled here follows it: after any change, by
 * anyone, it is read again before the next use. Two regions that load different libraries with one function name at once both
 * keep their library; the function is that of the library whose name comes first, in every region.
 */
export class FunctionRegistry implements Functions {
  readonly #hash = new SystemHash("functions");
  readonly #engine: ScriptEngine;
  readonly #logger: Logger;
  #known = new Map<string, KnownLibrary>();
  #byFunction = new Map<string, FoundFunction>();
  #isStale = true;
  #stopListening: () => void;

  constructor(engine: ScriptEngine, logger: Logger, database: Database) {
    this.#engine = engine;
    this.#logger = logger;
    this.#stopListening = this.#listen(database);
  }

  /** Another database from now on. */
  serve(database: Database): void {
    this.#stopListening();
    this.#stopListening = this.#listen(database);
    this.#isStale = true;
  }

  all(tx: Transaction): readonly KnownLibrary[] {
    this.#refresh(tx);
    return [...this.#known.values()];
  }

  find(tx: Transaction, name: string): FoundFunction | null {
    this.#refresh(tx);
    return this.#byFunction.get(name) ?? null;
  }

  load(tx: Transaction, code: BinaryString, replace: boolean): string {
    const { name } = parseLibrary(code);
    const known = this.all(tx);
    if (!replace && this.#known.has(name)) throw badShebang(`Library '${name}' already exists`);
    const count = known.length + 1;
    if (count > LIBRARIES_MAX) throw tooManyScripts(LIBRARIES_MAX, count);
    const library = this.#compile(code);
    this.#refuseCollisions(
      [library],
      known.filter((one) => one.name !== name),
    );
    this.#hash.put(tx, name, code);
    return name;
  }

  delete(tx: Transaction, name: string): void {
    this.#refresh(tx);
    if (!this.#known.has(name)) throw LIBRARY_NOT_FOUND;
    this.#hash.remove(tx, [name]);
  }

  flush(tx: Transaction): void {
    this.#hash.clear(tx);
  }

  restore(tx: Transaction, codes: readonly BinaryString[], policy: RestorePolicy): void {
    const restored = codes.map((code) => this.#compile(code));
    const names = new Set(restored.map(({ name }) => name));
    let kept = policy === "flush" ? [] : this.all(tx);
    if (policy === "append") {
      const twice = kept.find(({ name }) => names.has(name));
      if (twice !== undefined) throw badShebang(`Library ${twice.name} already exists`);
    }
    kept = kept.filter(({ name }) => !names.has(name));
    this.#refuseCollisions(restored, kept);
    if (kept.length + names.size > LIBRARIES_MAX) throw tooManyScripts(LIBRARIES_MAX, kept.length + names.size);
    if (policy === "flush") this.#hash.clear(tx);
    for (const { name, code } of restored) this.#hash.put(tx, name, code);
  }

  /** Throws the engine's refusal. The database decides what is there: what was compiled in vain is read anew. */
  #compile(code: BinaryString): KnownLibrary {
    const source = parseLibrary(code);
    this.#isStale = true;
    const functions = this.#engine.loadLibrary(source);
    if (functions.length === 0) throw NO_FUNCTIONS;
    return { name: source.name, code, source, functions };
  }

  #refuseCollisions(added: readonly KnownLibrary[], kept: readonly KnownLibrary[]): void {
    const taken = new Set(kept.flatMap(({ functions }) => functions.map(({ name }) => name)));
    for (const { functions } of added) {
      for (const { name } of functions) {
        if (taken.has(name)) throw badShebang(`Function ${name} already exists`);
        taken.add(name);
      }
    }
  }

  #refresh(tx: Transaction): void {
    // Read even when nothing changed: who calls a function has seen its library, durable or not.
    const stored = this.#hash.read(tx, (view) => (this.#isStale ? new Map(view?.entries() ?? []) : null));
    if (stored === null) return;
    const known = new Map<string, KnownLibrary>();
    const byFunction = new Map<string, FoundFunction>();
    for (const name of [...stored.keys()].sort()) {
      const code = stored.get(name)!;
      const before = this.#known.get(name);
      const library = before?.code === code ? before : this.#open(name, code);
      if (library === null) continue;
      known.set(name, library);
      for (const about of library.functions) {
        if (!byFunction.has(about.name)) byFunction.set(about.name, { source: library.source, about });
      }
    }
    this.#known = known;
    this.#byFunction = byFunction;
    this.#isStale = false;
  }

  /** A library that a peer loaded and that makes no sense here is left out, and said. */
  #open(name: string, code: BinaryString): KnownLibrary | null {
    try {
      const source = parseLibrary(code);
      return { name, code, source, functions: this.#engine.loadLibrary(source) };
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      this.#logger.error("a function library of the database does not load here", { name, error: error.message });
      return null;
    }
  }

  #listen(database: Database): () => void {
    return database.onSystemKeyChanged((key) => {
      if (key === null || key === this.#hash.key) this.#isStale = true;
    });
  }
}
