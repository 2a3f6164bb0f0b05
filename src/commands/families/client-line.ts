import type { Clock } from "../../base/clock.ts";
import type { ClientSession } from "../client-session.ts";

/** One client as CLIENT LIST shows it, with Redis' names. Buffers belong to the doors and are not counted here. */
export function clientLine(session: ClientSession, clock: Clock): string {
  const seconds = (ms: number): number => Math.max(0, Math.floor(ms / 1000));
  const ageMs = clock.wallMs() - session.connectedAtMs;
  const hasSpoken = session.lastActiveMs !== Number.NEGATIVE_INFINITY;
  const idleMs = hasSpoken ? clock.monotonicMs() - session.lastActiveMs : ageMs;
  const names = session.subscriptions?.names;
  const queued = session.transaction?.commands.length ?? -1;
  const fields: readonly (readonly [string, string | number])[] = [
    ["id", session.id],
    ["addr", session.address],
    ["laddr", session.localAddress],
    ["fd", session.id],
    ["name", session.name],
    ["age", seconds(ageMs)],
    ["idle", seconds(idleMs)],
    ["flags", flagsOf(session)],
    ["db", session.db],
    ["sub", names?.channel.size ?? 0],
    ["psub", names?.pattern.size ?? 0],
    ["ssub", names?.shard.size ?? 0],
    ["multi", queued],
    ["qbuf", 0],
    ["qbuf-free", 0],
    ["argv-mem", 0],
    ["multi-mem", session.transaction?.bytes ?? 0],
    ["rbs", 0],
    ["rbp", 0],
    ["obl", 0],
    ["oll", 0],
    ["omem", 0],
    ["tot-mem", session.transaction?.bytes ?? 0],
    ["events", "r"],
    ["cmd", session.lastCommand === "" ? "NULL" : session.lastCommand],
    ["user", session.user.name],
    ["redir", session.tracking?.redirect ?? -1],
    ["resp", session.protocol],
    ["lib-name", session.libraryName],
    ["lib-ver", session.libraryVersion],
  ];
  return fields.map(([name, value]) => `${name}=${value}`).join(" ");
}

function flagsOf(session: ClientSession): string {
  let flags = "";
  if (session.isMonitor) flags += "O";
  if (session.subscriptions !== null) flags += "P";
  if (session.blocked !== null) flags += "b";
  if (session.transaction !== null) flags += "x";
  if (session.tracking !== null) flags += "t";
  if (session.tracking?.isRedirectBroken === true) flags += "R";
  if (session.tracking?.broadcast === true) flags += "B";
  if (session.noEvict) flags += "e";
  if (session.noTouch) flags += "T";
  return flags === "" ? "N" : flags;
}
