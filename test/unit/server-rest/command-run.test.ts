import { describe, expect, test } from "vitest";
import { ClientSession } from "../../../src/commands/client-session.ts";
import type { Done, Executor, Outcome } from "../../../src/commands/executor.ts";
import { ReplyError } from "../../../src/resp/reply-error.ts";
import type { Reply } from "../../../src/resp/reply.ts";
import { CommandRun } from "../../../src/server/rest/command-run.ts";
import { standIns } from "../../support/users.ts";
import { ReplyGate } from "../../../src/server/rest/reply-gate.ts";

const UNKNOWN = new ReplyError("UNKNOWN", "the outcome is unknown");

/** `at N` answers once the log is durable up to N, `lost N` then that nobody knows; `wait` waits until released or cancelled; `throw` is a defect. */
class ScriptedExecutor implements Executor {
  readonly access = standIns();
  durableLsn = 0;
  readonly ran: string[] = [];
  cancelled = 0;
  release: () => void = () => {};
  #durable: () => void = () => {};
  #unknown: (reply: Reply) => void = () => {};

  execute(_session: ClientSession, argv: readonly string[]): Outcome {
    this.ran.push(argv.join(" "));
    const known: Done = { kind: "done", reply: argv.join(" "), lsn: Number(argv[1] ?? 0), close: false };
    const done = argv[0] === "lost" ? { ...known, recheck: () => UNKNOWN } : known;
    if (argv[0] === "throw") throw new Error("a defect");
    if (argv[0] !== "wait") return done;
    let release: (done: Done) => void;
    const promise = new Promise<Done>((resolve) => (release = resolve));
    this.release = () => release(done);
    return {
      kind: "suspended",
      done: promise,
      cancel: () => {
        this.cancelled++;
        release({ ...done, reply: "cut short" });
      },
    };
  }
  executeAtomic(session: ClientSession, commands: readonly (readonly string[])[]): Outcome {
    const outcomes = commands.map((argv) => this.execute(session, argv));
    const waiting = outcomes.find((outcome) => outcome.kind === "suspended");
    if (waiting !== undefined) return waiting;
    const dones = outcomes as Done[];
    const reply = dones.map(({ reply }) => reply!);
    return { kind: "done", reply, lsn: Math.max(...dones.map(({ lsn }) => lsn)), close: false };
  }
  connected(): null {
    return null;
  }
  disconnected(): void {}
  onDurable(listener: () => void): () => void {
    this.#durable = listener;
    return () => {};
  }
  onOutcomeUnknown(listener: (reply: Reply) => void): () => void {
    this.#unknown = listener;
    return () => {};
  }
  becomeDurable(lsn: number): void {
    this.durableLsn = lsn;
    this.#durable();
  }
  fail(): void {
    this.#unknown(UNKNOWN);
  }
}

function start(words: readonly string[], atomic = false, commandsPerTurnMax = 100) {
  const executor = new ScriptedExecutor();
  const gate = new ReplyGate(executor);
  const seen: { replies: readonly Reply[] | null; failure: unknown } = { replies: null, failure: null };
  const session = new ClientSession({
    id: 1,
    door: "rest",
    address: "",
    localAddress: "",
    user: executor.access.operator,
    authenticated: true,
    connectedAtMs: 0,
    push: () => {},
    kill: () => {},
  });
  const run = new CommandRun({
    executor,
    gate,
    session,
    commands: words.map((line) => line.split(" ")),
    atomic,
    commandsPerTurnMax,
    onReplies: (replies) => {
      expect(seen.replies).toBeNull();
      seen.replies = replies;
    },
    onFailure: (error) => (seen.failure = error),
  });
  run.start();
  return { executor, run, seen };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a run of commands", () => {
  test("answers at once what waits for nothing", () => {
    const { seen, run } = start(["a", "b"]);
    expect(seen.replies).toEqual(["a", "b"]);
    expect(run.isOver).toBe(true);
  });

  test("waits once for the disk, up to its last write", () => {
    const { executor, seen } = start(["at 1", "b", "at 3", "at 2"]);
    executor.becomeDurable(1);
    executor.becomeDurable(2);
    expect(seen.replies).toBeNull();
    executor.becomeDurable(3);
    expect(seen.replies).toEqual(["at 1", "b", "at 3", "at 2"]);
  });

  test("a log that fails makes unknown what it still owed, and nothing else", () => {
    const { executor, seen } = start(["at 1", "b", "at 2"]);
    executor.becomeDurable(1);
    executor.fail();
    expect(seen.replies).toEqual(["at 1", "b", UNKNOWN]);
  });

  test("what turns out to be unknown when it is let go is said to be, and nothing else", () => {
    const { executor, seen, run } = start(["at 1", "lost 0", "lost 2", "b"]);
    expect(run.isUnknown).toBe(false);
    executor.becomeDurable(2);
    expect(seen.replies).toEqual(["at 1", "lost 0", UNKNOWN, "b"]);
    expect(run.isUnknown).toBe(true);
  });

  test("a transaction is one reply, known or unknown", () => {
    const good = start(["at 1", "at 2"], true);
    good.executor.becomeDurable(2);
    expect(good.seen.replies).toEqual([["at 1", "at 2"]]);
    const bad = start(["at 1", "at 2"], true);
    bad.executor.fail();
    expect(bad.seen.replies).toEqual([UNKNOWN]);
  });

  test("a command that waits holds back the later ones", async () => {
    const { executor, seen } = start(["at 1", "wait", "b"]);
    executor.becomeDurable(1);
    expect(executor.ran).toEqual(["at 1", "wait"]);
    executor.release();
    await turn();
    expect(seen.replies).toEqual(["at 1", "wait", "b"]);
  });

  test("positions of a log that failed mean nothing to the next", async () => {
    const { executor, seen } = start(["at 9", "wait", "at 2"]);
    executor.fail();
    executor.becomeDurable(1);
    executor.release();
    await turn();
    expect(seen.replies).toBeNull();
    executor.becomeDurable(2);
    expect(seen.replies).toEqual([UNKNOWN, "wait", "at 2"]);
  });

  test("when the client leaves, what waits stops and what has not begun does not begin", async () => {
    const { executor, run, seen } = start(["a", "wait", "never"]);
    run.cancel();
    run.cancel();
    await turn();
    expect([executor.cancelled, executor.ran, seen.replies]).toEqual([1, ["a", "wait"], null]);
  });

  test("when the server drains, what waits answers what it has", async () => {
    const { run, seen } = start(["wait", "b"]);
    run.hurry();
    await turn();
    expect(seen.replies).toEqual(["cut short", "b"]);
  });

  test("a long pipeline gives way to others, and stops when its client leaves", async () => {
    const { executor, run, seen } = start(
      Array.from({ length: 25 }, (_, index) => `c${index}`),
      false,
      10,
    );
    expect(executor.ran).toHaveLength(10);
    await turn();
    expect(executor.ran).toHaveLength(20);
    await turn();
    expect(seen.replies).toHaveLength(25);
    expect(run.isOver).toBe(true);
    const left = start(
      Array.from({ length: 25 }, () => "c"),
      false,
      10,
    );
    left.run.cancel();
    await turn();
    expect(left.executor.ran).toHaveLength(10);
  });

  test("a defect becomes this request's failure, wherever it happens", async () => {
    expect(start(["throw"]).seen.failure).toEqual(new Error("a defect"));
    const later = start(["a", "throw"], false, 1);
    await turn();
    expect(later.seen.failure).toEqual(new Error("a defect"));
    expect(later.seen.replies).toBeNull();
  });
});
