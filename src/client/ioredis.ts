import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { RegionWatch } from "./region-watch.ts";
import { deadStream, openRoad } from "./road.ts";

/** What this needs of ioredis' class of that name, which the caller hands over: `import { AbstractConnector } from "ioredis"`. */
interface ConnectorBase {
  firstError?: Error;
  connecting: boolean;
  stream: Socket;
  disconnect(): void;
}

type ConnectorClass = new (disconnectTimeoutMs: number) => ConnectorBase;

const DISCONNECT_TIMEOUT_MS = 2000;
const CLOSED = "Connection is closed.";

/**
 * A connector for ioredis that goes to the region in use: `new Redis({ Connector: ioredisConnector(watch, AbstractConnector) })`. When
 * another region is taken its connection ends, and ioredis does what it always does: reconnects (`retryStrategy`), sends again what was
 * not answered (`autoResendUnfulfilledCommands`), subscribes anew. So one Redis object serves for good, and its options mean what they
 * always mean. Host and port of the options are not looked at.
 */
export function ioredisConnector<Base extends abstract new (...args: never[]) => object>(
  watch: RegionWatch,
  base: Base,
  tls: ConnectionOptions = {},
): new (options: unknown) => InstanceType<Base> {
  const Connector = base as unknown as ConnectorClass;
  class RegionConnector extends Connector {
    constructor() {
      super(DISCONNECT_TIMEOUT_MS);
    }

    async connect(): Promise<Socket> {
      this.connecting = true;
      const road = await openRoad(watch, tls);
      if (!this.connecting) {
        if (road.kind === "open") road.stream.destroy();
        throw new Error(CLOSED);
      }
      if (road.kind === "open") this.stream = road.stream;
      else {
        // A rejection would end the client for good: this way its retryStrategy decides.
        this.firstError = road.error;
        this.stream = deadStream();
      }
      return this.stream;
    }
  }
  return RegionConnector as unknown as new (options: unknown) => InstanceType<Base>;
}
