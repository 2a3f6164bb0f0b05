import type { BinaryString } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { Status } from "../../resp/reply.ts";
import type { ClientSession } from "../client-session.ts";
import type { CommandInfo } from "../command-meta.ts";
import { redacted } from "../redaction.ts";

/**
 * MONITOR: clients that see every command of this region as it runs, by a line like
 * `1700000000.123456 [0 127.0.0.1:1234] "set" "k" "v"`. Commands of administrators are left out and passwords too.
 * A line is no reply: a command is shown before it is durable, and also when it fails.
 */
export class Monitors {
  readonly #clock: Clock;
  readonly #sessions = new Set<ClientSession>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Nobody watches: nothing has to be told. */
  get isIdle(): boolean {
    return this.#sessions.size === 0;
  }

  add(session: ClientSession): void {
    session.isMonitor = true;
    this.#sessions.add(session);
  }

  remove(session: ClientSession): void {
    session.isMonitor = false;
    this.#sessions.delete(session);
  }

  /** `source`: the client's address, or `lua` for a command of a script. */
  show(command: CommandInfo, argv: readonly BinaryString[], db: number, source: string): void {
    // Redis' `skip_monitor` says that a script shows itself, before what it calls: the runner sees to that here.
    if (command.isAdmin) return;
    const line = new Status(monitorLine(redacted(command, argv), db, source, this.#clock.wallMs()));
    for (const session of this.#sessions) session.push(line);
  }
}

export function monitorLine(argv: readonly BinaryString[], db: number, source: string, atMs: number): string {
  const seconds = Math.floor(atMs / 1000);
  const micros = Math.floor((atMs - seconds * 1000) * 1000);
  return `${seconds}.${String(micros).padStart(6, "0")} [${db} ${source}] ${argv.map(quoted).join(" ")}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\u0007": "\\a",
  "\b": "\\b",
};

/** As Redis writes bytes for people: what cannot be printed as an escape. */
function quoted(word: BinaryString): string {
  const escaped = word.replaceAll(
    /[^ !#-[\]-~]/gu,
    (byte) => ESCAPES[byte] ?? `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return `"${escaped}"`;
}
