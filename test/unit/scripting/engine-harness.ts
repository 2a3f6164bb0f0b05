import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import type { ScriptCalls } from "../../../src/commands/scripting-port.ts";
import { ReplyError } from "../../../src/resp/reply-error.ts";
import type { Reply } from "../../../src/resp/reply.ts";
import { KillSwitch } from "../../../src/scripting/kill-switch.ts";
import { LuaEngine } from "../../../src/scripting/script-engine.ts";

/** The engine alone. Its only command answers its words, and counts as a write when it is called `write`. */
export class EngineHarness {
  readonly killSwitch = new KillSwitch();
  readonly engine: LuaEngine;
  busyMs = 200;
  #count = 0;

  constructor(memoryBytesMax?: number) {
    this.engine = new LuaEngine({
      clock: systemClock(),
      logger: silentLogger,
      killSwitch: this.killSwitch,
      redisVersion: "7.2.5",
      ...(memoryBytesMax === undefined ? {} : { memoryBytesMax }),
    });
  }

  run(body: string, keys: readonly string[] = [], args: readonly string[] = []): Reply {
    let wrote = false;
    const calls: ScriptCalls = {
      resp: 2,
      get wrote() {
        return wrote;
      },
      call: (argv) => {
        wrote ||= argv[0] === "write";
        return argv;
      },
      mayRun: () => true,
    };
    return this.engine.evaluate({ sha: `script-${this.#count++}`, body }, { keys, args, calls, busyMs: this.busyMs });
  }

  /** The error a script came to. */
  failure(body: string): string {
    const reply = this.run(body);
    return reply instanceof ReplyError ? reply.line : `no error: ${JSON.stringify(reply)}`;
  }
}
