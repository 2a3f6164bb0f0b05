import { spawn } from "node:child_process";
import { findPorts } from "../world/ports.ts";
import { LinkError } from "./link.ts";

export interface ToxiproxyProcess {
  readonly url: string;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 10_000;
const ASK_EVERY_MS = 20;
/** Runs the server, and ends it when the shell's standard input does: with us, however we end. */
const UNTIL_INPUT_ENDS = '"$0" "$@" >/dev/null 2>&1 & read -r _; kill $!';

/** Starts a toxiproxy server on a free port and waits until it answers. */
export async function startToxiproxyServer(path: string): Promise<ToxiproxyProcess> {
  const [port] = await findPorts(0, 1);
  const words = ["-c", UNTIL_INPUT_ENDS, path, "-host", "127.0.0.1", "-port", String(port)];
  const child = spawn("/bin/sh", words, { stdio: ["pipe", "ignore", "ignore"], detached: true });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  child.stdin.on("error", () => {});
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await ended;
  };
  const url = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const answer = await fetch(`${url}/version`).catch(() => null);
    if (answer?.ok === true) return { url, stop };
    if (performance.now() > deadline || child.exitCode !== null) {
      await stop();
      throw new LinkError(`the toxiproxy server ${path} does not start`);
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}
