import type { Socket } from "node:net";
import { expect, it } from "vitest";
import { ManualClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { Connection } from "../../../src/server/resp/connection.ts";
import { CrossProtocolWarnings } from "../../../src/server/resp/cross-protocol.ts";
import { DEFAULT_RESP_LIMITS } from "../../../src/server/resp/resp-limits.ts";
import { noTraffic } from "../../../src/server/resp/traffic.ts";
import { TurnWriter } from "../../../src/server/resp/turn-writer.ts";
import { CommandWorld } from "../commands/command-world.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A region of three, whose peers answer or not; what its one connection has written. */
function open() {
  const peers = { answer: true };
  const others = ["eu", "ap"];
  const world = new CommandWorld({
    peers: {
      linked: () => others,
      answeringSince: () => (peers.answer ? others : []),
      silentLinkMs: 10_000,
      call: () => {},
    },
  });
  world.engine.keyspace.otherRegions = () => others;
  const { dispatcher } = world;
  const written: string[] = [];
  const socket = {
    writableLength: 0,
    bytesWritten: 0,
    destroyed: false,
    write: (text: string) => written.push(text),
    cork: () => {},
    uncork: () => {},
  } as unknown as Socket;
  const writer = new TurnWriter();
  const connection = new Connection(
    socket,
    world.connect(),
    {
      executor: dispatcher,
      limits: DEFAULT_RESP_LIMITS,
      writer,
      traffic: noTraffic(),
      logger: silentLogger,
      warnings: new CrossProtocolWarnings(new ManualClock(), silentLogger),
    },
    0,
  );
  dispatcher.onDurable(() => writer.durable());
  return { peers, log: world.engine.log, written, connection };
}

it("N1: of a pipeline that waits for the disk, what ran in a home is told only while the region is sure to be it", async () => {
  const { peers, log, written, connection } = open();
  const pipeline = Buffer.from("SET {home:us-east}lock me\r\nSET plain 1\r\nINCR {home:us-east}n\r\n");
  log.stall();
  connection.receive(pipeline);
  await turn();
  expect(written).toEqual([]);
  log.goOn();
  await turn();
  expect(written.splice(0).join("")).toBe("+OK\r\n+OK\r\n:1\r\n");
  log.stall();
  connection.receive(pipeline);
  peers.answer = false;
  log.goOn();
  await turn();
  const unknown = "-UNKNOWN the region could not tell any more that it is the home: .*\\r\\n";
  expect(written.join("")).toMatch(new RegExp(`^${unknown}\\+OK\\r\\n${unknown}$`, "u"));
});
