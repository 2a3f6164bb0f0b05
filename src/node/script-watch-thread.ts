import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { KillSwitch, type KillAnswer } from "../scripting/kill-switch.ts";

/** What the thread is started with. */
export interface WatchThreadStart {
  readonly host: string;
  readonly port: number;
  /** The kill switch's memory. */
  readonly shared: SharedArrayBuffer;
}

/** SCRIPT KILL's answers, as far as they are one line. */
const ANSWERS: Readonly<Record<KillAnswer, readonly [status: number, text: string]>> = {
  killed: [200, "OK"],
  "not-busy": [409, "NOTBUSY No scripts in execution right now."],
  unkillable: [409, "UNKILLABLE Sorry the script already executed write commands against the dataset."],
  "other-kind": [409, "BUSY What runs is of the other kind: a script, or a function."],
};

const { host, port, shared } = workerData as WatchThreadStart;
const killSwitch = new KillSwitch(shared);

const server = createServer((request, response) => {
  const answer = (status: number, body: object): void => {
    response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
  };
  const asked = `${request.method ?? ""} ${request.url ?? ""}`;
  request.resume();
  if (asked === "GET /running") {
    answer(200, { running: killSwitch.running, wrote: killSwitch.hasWritten });
    return;
  }
  const kind = /^POST \/(script|function)\/kill$/u.exec(asked)?.[1];
  if (kind === undefined) {
    answer(404, { error: "there are GET /running, POST /script/kill and POST /function/kill" });
    return;
  }
  const [status, text] = ANSWERS[killSwitch.kill(kind === "script" ? "script" : "function")];
  answer(status, status === 200 ? { result: text } : { error: text });
});
server.listen(port, host, () => {
  // oxlint-disable-next-line require-post-message-target-origin -- a thread, not a window
  parentPort!.postMessage(`${host}:${(server.address() as AddressInfo).port}`);
});
