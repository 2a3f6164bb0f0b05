import { spawn } from "node:child_process";

export interface ThroughputRun {
  readonly port: number;
  /** `-t` and one of its own tests, or the words of a command, in which __rand_int__ becomes one of 100,000 numbers. */
  readonly words: readonly string[];
  readonly requests: number;
  readonly pipeline: number;
  readonly clients: number;
  readonly valueBytes: number;
}

/** One run of redis-benchmark; answers requests per second. */
export function runRedisBenchmark(binary: string, run: ThroughputRun): Promise<number> {
  const args = ["-h", "127.0.0.1", "-p", run.port, "-n", run.requests, "-c", run.clients, "-d", run.valueBytes];
  args.push("-r", 100_000, "-P", run.pipeline, "--csv", ...run.words);
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args.map(String), { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("error", reject);
    child.on("close", () => {
      const match = /^"[^"]*","([0-9.]+)"/mu.exec(output);
      if (match === null) reject(new Error(`redis-benchmark printed no result: ${output.slice(0, 300)}`));
      else resolve(Number(match[1]));
    });
  });
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
