import { randomBytes } from "node:crypto";
import { createClient } from "redis";
import { expressStore } from "../../src/client/session/index.ts";

/** What a store of express-session has to do for a request. */
interface Store {
  get(id: string, callback: (error: unknown, session?: Session | null) => void): unknown;
  set(id: string, session: Session, callback: (error?: unknown) => void): unknown;
}

interface Session {
  visits: number;
  [key: string]: unknown;
}

/** Of our store both kinds of storage. */
export type StoreKind = "document" | "hash" | "connect-redis";

export interface SessionLoad {
  readonly kind: StoreKind;
  readonly port: number;
  readonly sessions: number;
  readonly requests: number;
  readonly concurrency: number;
  readonly valueBytes: number;
}

const nodeRedis = (port: number) => createClient({ url: `redis://127.0.0.1:${port}` });

/** Requests per second, each of which loads a session, changes one number and one key, and saves it: through one connection, as applications do. */
export async function measureSessions(load: SessionLoad): Promise<number> {
  const client = nodeRedis(load.port);
  client.on("error", () => {});
  await client.connect();
  try {
    const store = await openStore(load.kind, client);
    for (let index = 0; index < load.sessions; index++) await save(store, idOf(index), newSession(load.valueBytes));
    const startedMs = performance.now();
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < load.requests) {
        const id = idOf(next++ % load.sessions);
        const session = await loaded(store, id);
        session.visits++;
        session["cart"] = { ...(session["cart"] as object), [`item${next % 5}`]: next };
        await save(store, id, session);
      }
    };
    await Promise.all(Array.from({ length: load.concurrency }, worker));
    return load.requests / ((performance.now() - startedMs) / 1000);
  } finally {
    client.destroy();
  }
}

async function openStore(kind: StoreKind, client: ReturnType<typeof nodeRedis>): Promise<Store> {
  // Frameworks of applications: here only where one measures.
  const { default: session } = await import("express-session");
  if (kind !== "connect-redis") {
    return expressStore(session, { client, storage: kind, counters: ["visits"] }) as unknown as Store;
  }
  const { RedisStore } = await import("connect-redis");
  return new RedisStore({ client }) as unknown as Store;
}

const idOf = (index: number): string => `bench${index}`;

function newSession(bytes: number): Session {
  const cookie = { originalMaxAge: 3_600_000, expires: new Date(Date.now() + 3_600_000), httpOnly: true, path: "/" };
  return { cookie, user: "ann", visits: 0, cart: {}, note: randomBytes(bytes / 2).toString("hex") };
}

function loaded(store: Store, id: string): Promise<Session> {
  return new Promise((resolve, reject) => {
    store.get(id, (error, session) => {
      if (error || !session) reject(error instanceof Error ? error : new Error(`session ${id} is not there`));
      else resolve(session);
    });
  });
}

function save(store: Store, id: string, session: Session): Promise<void> {
  return new Promise((resolve, reject) => {
    store.set(id, session, (error) => (error ? reject(error) : resolve()));
  });
}
