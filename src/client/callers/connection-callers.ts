import type { Caller, Command } from "./caller.ts";

/** What is needed of a client of `ioredis`. */
export interface IoredisClient {
  call(command: string, ...args: string[]): Promise<unknown>;
}

/** What is needed of a client of `redis` (node-redis). */
export interface NodeRedisClient {
  sendCommand(args: string[]): Promise<unknown>;
}

/** All commands of one call leave in one turn, in order: the library writes them together. */
function connectionCaller(send: (command: Command) => Promise<unknown>): Caller {
  return {
    isShared: true,
    async call(commands) {
      const settled = await Promise.allSettled(commands.map((command) => send(command)));
      return settled.map((one) => (one.status === "fulfilled" ? one.value : asError(one.reason)));
    },
  };
}

export function ioredisCaller(client: IoredisClient): Caller {
  return connectionCaller(([name, ...args]) => client.call(name!, ...args));
}

export function nodeRedisCaller(client: NodeRedisClient): Caller {
  return connectionCaller((command) => client.sendCommand([...command]));
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
