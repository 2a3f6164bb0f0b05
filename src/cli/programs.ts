import type { CliProgram } from "./program.ts";

/**
 * The programs by their names, of one word or two, in the order in which they are listed. Each is loaded when it is asked for: a region
 * has no use for what the harness loads, and would start half a second later and 25 MB larger.
 */
const PROGRAMS = new Map<string, () => Promise<CliProgram>>([
  ["node", async () => (await import("./node-program.ts")).NODE_PROGRAM],
  ["router", async () => (await import("./router-program.ts")).ROUTER_PROGRAM],
  ["world", async () => (await import("./world-program.ts")).WORLD_PROGRAM],
  ["bench", async () => (await import("./bench-program.ts")).BENCH_PROGRAM],
  ["admin members", async () => (await import("./members-program.ts")).MEMBERS_PROGRAM],
  ["admin add", async () => (await import("./members-program.ts")).ADD_PROGRAM],
  ["admin remove", async () => (await import("./members-program.ts")).REMOVE_PROGRAM],
  ["admin evict", async () => (await import("./members-program.ts")).EVICT_PROGRAM],
  ["admin export-undelivered", async () => (await import("./export-program.ts")).EXPORT_PROGRAM],
  ["admin repair", async () => (await import("./admin-program.ts")).REPAIR_PROGRAM],
  ["chaos run", async () => (await import("./chaos-program.ts")).CHAOS_RUN_PROGRAM],
  ["chaos list", async () => (await import("./chaos-program.ts")).CHAOS_LIST_PROGRAM],
  ["chaos judge", async () => (await import("./chaos-program.ts")).CHAOS_JUDGE_PROGRAM],
  ["chaos table", async () => (await import("./chaos-table-program.ts")).CHAOS_TABLE_PROGRAM],
  ["chaos redis", async () => (await import("./chaos-redis-program.ts")).CHAOS_REDIS_PROGRAM],
]);

/** The program that the first words name, and the words behind its name; null: none. */
export async function findProgram(
  words: readonly string[],
): Promise<{ readonly program: CliProgram; readonly rest: readonly string[] } | null> {
  for (const length of [1, 2]) {
    const load = PROGRAMS.get(words.slice(0, length).join(" "));
    if (words.length >= length && load !== undefined) return { program: await load(), rest: words.slice(length) };
  }
  return null;
}

export function allPrograms(): Promise<readonly CliProgram[]> {
  return Promise.all(Array.from(PROGRAMS.values(), (load) => load()));
}
