import { Duplex } from "node:stream";
import type { Socket } from "node:net";
import { silentLogger } from "../../src/base/logger.ts";
import { ClientSession } from "../../src/commands/client-session.ts";
import { Connection } from "../../src/server/resp/connection.ts";
import { CrossProtocolWarnings } from "../../src/server/resp/cross-protocol.ts";
import { DEFAULT_RESP_LIMITS } from "../../src/server/resp/resp-limits.ts";
import { noTraffic } from "../../src/server/resp/traffic.ts";
import { TurnWriter } from "../../src/server/resp/turn-writer.ts";
import { EngineRegion } from "../support/engine-world.ts";
import { CommandWorld } from "../unit/commands/command-world.ts";
import { PeerRoad } from "./peer-road.ts";

/**
 * One region from a client's bytes to its reply's bytes, without sockets and disk: decoder, dispatcher, keyspace, the batch's bytes,
 * the encoder. Beside it a second region that applies what the first writes.
 */
export class CommandBench {
  readonly world = new CommandWorld({}, new EngineRegion("east", ["east", "west"]));
  readonly peer = new EngineRegion("west", ["east", "west"]);
  readonly #connection: Connection;
  readonly #writer = new TurnWriter();
  #received = "";

  constructor() {
    const { dispatcher, engine } = this.world;
    const socket = new Duplex({
      read() {},
      write: (chunk: Buffer, _encoding, done) => {
        this.#received += chunk.toString("latin1");
        done();
      },
    });
    const session = new ClientSession({
      id: 1_000,
      door: "resp",
      address: "127.0.0.1:1",
      localAddress: "127.0.0.1:2",
      user: dispatcher.access.default,
      authenticated: true,
      connectedAtMs: 0,
      push: () => {},
      kill: () => {},
    });
    dispatcher.connected(session);
    const around = {
      executor: dispatcher,
      limits: DEFAULT_RESP_LIMITS,
      writer: this.#writer,
      traffic: noTraffic(),
      logger: silentLogger,
      warnings: new CrossProtocolWarnings(engine.clock, silentLogger),
    };
    this.#connection = new Connection(socket as Socket, session, around, 0);
    dispatcher.onDurable(() => this.#writer.durable());
  }

  /** Sends commands in one piece, waits for all replies; answers them as bytes. */
  async send(commands: readonly (readonly string[])[]): Promise<string> {
    this.#received = "";
    this.#connection.receiveBorrowed(Buffer.from(commands.map(encode).join(""), "latin1"));
    await new Promise((resolve) => setImmediate(resolve));
    return this.#received;
  }

  /** The road to the second region, as links take it. */
  road(): Promise<PeerRoad> {
    return PeerRoad.between(this.world.engine, this.peer);
  }

  /** Bytes that the log has for it. */
  get logBytes(): number {
    return this.world.engine.log.records.reduce((sum, { length }) => sum + length, 0);
  }
}

function encode(argv: readonly string[]): string {
  return `*${argv.length}\r\n${argv.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}
