import { Redis } from "ioredis";

export interface Driven {
  readonly writes: number;
  readonly seconds: number;
  readonly perSecond: number;
}

/** Commands one after the other over `clients` connections, each waiting for its answer: `count` in all. */
export async function drive(
  port: number,
  clients: number,
  count: number,
  command: (index: number) => readonly [name: string, ...args: string[]],
): Promise<Driven> {
  const connections = await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new Redis(port, "127.0.0.1", { lazyConnect: true });
      await client.connect();
      return client;
    }),
  );
  let next = 0;
  const startedMs = performance.now();
  try {
    await Promise.all(
      connections.map(async (client) => {
        while (next < count) {
          const [name, ...args] = command(next++);
          await client.call(name, ...args);
        }
      }),
    );
    const seconds = (performance.now() - startedMs) / 1000;
    return { writes: count, seconds, perSecond: count / seconds };
  } finally {
    for (const client of connections) client.disconnect();
  }
}

/** The same in pipelines, as fast as it goes: to have data there. */
export async function fill(
  port: number,
  count: number,
  command: (index: number) => readonly [name: string, ...args: string[]],
): Promise<void> {
  const client = new Redis(port, "127.0.0.1");
  for (let from = 0; from < count; from += FILL_BATCH) {
    const pipeline = client.pipeline();
    for (let index = from; index < Math.min(count, from + FILL_BATCH); index++) pipeline.call(...command(index));
    for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
  }
  client.disconnect();
}

const FILL_BATCH = 1_000;
