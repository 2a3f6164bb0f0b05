import type { ServerState } from "../server-state.ts";

export type InfoLines = readonly (readonly [name: string, value: string | number])[];

/** 40 hexadecimal characters that change with every start, as clients expect of a run id. */
export function runId(server: ServerState): string {
  const bytes = Buffer.from(server.database.incarnation, "utf8").toString("hex");
  return bytes.slice(0, 40).padEnd(40, "0");
}

/** `1.50M`. */
export function human(bytes: number): string {
  const units = ["B", "K", "M", "G", "T"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${bytes}B` : `${value.toFixed(2)}${units[unit]!}`;
}

/** Fields of Redis' for things that do not happen here: forks, replicas, defragmentation. Tools ask for their names. */
export function zeros(...names: readonly string[]): InfoLines {
  return names.map((name) => [name, 0]);
}
