import { randomBytes } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionOptions } from "node:tls";
import type { RegionWatch } from "./region-watch.ts";
import { openRoad } from "./road.ts";

/** A door within this very process, for client libraries that only know how to connect to an address. */
export interface LocalDoor {
  /** Path of a Unix socket, on Windows of a named pipe: only this user's programs can open it. */
  readonly path: string;
  close(): void;
}

/**
 * Opens one: whoever connects is spliced to the region in use, bytes as they are. `createClient({ socket: { path: door.path } })` makes a
 * client of node-redis, whose every reconnection, queue, subscription and transaction works as always. When another region is taken, its
 * connection ends and the library reconnects. A round trip through the door costs some tens of microseconds. TLS ends here: the regions are
 * spoken to as their addresses say.
 */
export async function openLocalDoor(watch: RegionWatch, tls: ConnectionOptions = {}): Promise<LocalDoor> {
  const name = `antipode-${process.pid}-${randomBytes(6).toString("hex")}`;
  const path = process.platform === "win32" ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
  const open = new Set<Socket>();
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (client) => {
    open.add(client);
    client.on("error", () => {});
    client.on("close", () => open.delete(client));
    void splice(client);
  });
  const splice = async (client: Socket): Promise<void> => {
    const road = await openRoad(watch, tls);
    if (road.kind === "none" || client.destroyed) {
      client.destroy();
      if (road.kind === "open") road.stream.destroy();
      return;
    }
    const { stream } = road;
    client.pipe(stream);
    stream.pipe(client);
    client.on("close", () => stream.destroy());
    stream.on("close", () => client.destroy());
  };
  const close = (): void => {
    server.close();
    for (const client of open) client.destroy();
  };
  // Only this user may enter: the region's password is asked beyond this door, but its network is not everybody's.
  const mask = process.platform === "win32" ? null : process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
  } finally {
    if (mask !== null) process.umask(mask);
  }
  server.unref();
  watch.onClose(close);
  return { path, close };
}
