import { Redis } from "ioredis";
import { hash, set, string } from "../clients/commands.ts";
import { hostAndPort } from "../links/link.ts";
import type { FinalLine } from "../record/lines.ts";
import type { Operation, Shown } from "../record/operations.ts";
import type { World } from "../world/start-world.ts";
import type { RunClock } from "./run-clock.ts";

type ShownType = "hash" | "set" | "string";

/** Keys read at once: enough to be quick, few enough that the times of a line are close together. */
const BATCH_KEYS = 200;
/** A region that is just coming back may close a connection or two; one that stays away is told as what it is. */
const RETRIES = 20;

/** Which keys a run has written, and as what. */
export class WrittenKeys {
  readonly #types = new Map<string, ShownType>();

  note(op: Operation): void {
    const type = typeOf(op.kind);
    if (type === null) return;
    for (const key of "keys" in op ? op.keys : [op.key]) this.#types.set(key, type);
  }

  get all(): readonly (readonly [key: string, type: ShownType])[] {
    return [...this.#types];
  }
}

function typeOf(kind: Operation["kind"]): ShownType | null {
  const [family] = kind.split(".");
  switch (family) {
    case "session":
    case "hash":
      return "hash";
    case "set":
      return "set";
    case "counter":
    case "string":
    case "pair":
      return "string";
    default:
      return null;
  }
}

/** Reads every key in each of `regions`, past the links to clients. `without`: who is away meanwhile. */
export async function readFinals(
  world: World,
  regions: readonly string[],
  keys: WrittenKeys,
  without: string | null,
  clock: RunClock,
  write: (line: FinalLine) => void,
): Promise<void> {
  await Promise.all(
    regions.map(async (region) => {
      const redis = new Redis({ ...hostAndPort(world.node(region).ready.resp), maxRetriesPerRequest: RETRIES });
      redis.on("error", () => {});
      try {
        const { all } = keys;
        for (let start = 0; start < all.length; start += BATCH_KEYS) {
          await readBatch(redis, region, all.slice(start, start + BATCH_KEYS), without, clock, write);
        }
      } finally {
        redis.disconnect();
      }
    }),
  );
}

async function readBatch(
  redis: Redis,
  region: string,
  keys: readonly (readonly [string, ShownType])[],
  without: string | null,
  clock: RunClock,
  write: (line: FinalLine) => void,
): Promise<void> {
  const fromMs = clock.now();
  const answers = await Promise.all(
    keys.map(async ([key, type]) => [key, await shownAs(redis, key, type), await redis.pttl(key)] as const),
  );
  const toMs = clock.now();
  for (const [key, shown, ttlMs] of answers) {
    write({ line: "final", without, region, key, shown, ttlMs: ttlMs < 0 ? null : ttlMs, fromMs, toMs });
  }
}

async function shownAs(redis: Redis, key: string, type: ShownType): Promise<Shown> {
  switch (type) {
    case "hash":
      return hash(await redis.hgetall(key));
    case "set":
      return set(await redis.smembers(key));
    case "string":
      return string(await redis.get(key));
  }
}
