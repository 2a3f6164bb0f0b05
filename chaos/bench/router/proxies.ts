import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChildProgram, type Program } from "../../world/child-program.ts";
import { findPorts } from "../../world/ports.ts";
import type { RouterReady } from "../../world/start-world.ts";
import { onPath } from "../redis-peer.ts";

/** A region's doors, HOST:PORT each. */
export interface Upstream {
  readonly name: string;
  readonly resp: string;
  readonly rest: string;
}

/** What stands between clients and one region: nothing, this project's router, or a proxy that people have. */
export interface Proxy {
  readonly name: "direct" | "antipode" | "haproxy" | "nginx";
  /** HOST:PORT; null where it does not do that. */
  readonly resp: string | null;
  readonly http: string;
  /** Bytes that its processes have in memory. */
  residentBytes(): number;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 20_000;

export function direct({ resp, rest }: Upstream): Proxy {
  return { name: "direct", resp, http: rest, residentBytes: () => 0, stop: () => Promise.resolve() };
}

export async function startAntipode(program: Program, { name, resp, rest }: Upstream): Promise<Proxy> {
  const free = "127.0.0.1:0";
  const region = `${name}=http://${rest},redis://${resp}`;
  const args = ["router", "--http", free, "--resp", free, "--region", region, "--log-level", "warn"];
  const router = await ChildProgram.start<RouterReady>("router", program, args, {}, START_TIMEOUT_MS);
  return {
    name: "antipode",
    resp: router.ready.resp,
    http: router.ready.http,
    residentBytes: () => residentBytes(router.pid),
    stop: async () => void (await router.stop(10_000)),
  };
}

/** Null where the program is not on PATH. One process with one thread, as the router is. */
export async function startHaproxy({ resp, rest }: Upstream): Promise<Proxy | null> {
  const binary = onPath("haproxy");
  if (binary === null) return null;
  const [respPort, httpPort] = (await findPorts(0, 2)) as [number, number];
  const file = `
global
  nbthread 1
  maxconn 9000
defaults
  timeout connect 1s
  timeout client 1h
  timeout server 1h
listen resp
  mode tcp
  bind 127.0.0.1:${respPort}
  server region ${resp}
listen http
  mode http
  option http-keep-alive
  http-reuse always
  bind 127.0.0.1:${httpPort}
  server region ${rest}
`;
  const run = await start(binary, (path) => ["-f", path, "-db"], file, [respPort, httpPort]);
  return { name: "haproxy", resp: `127.0.0.1:${respPort}`, http: `127.0.0.1:${httpPort}`, ...run };
}

/** Null where the program is not on PATH. HTTP alone: its stream module is not part of every build. */
export async function startNginx({ rest }: Upstream): Promise<Proxy | null> {
  const binary = onPath("nginx");
  if (binary === null) return null;
  const [httpPort] = (await findPorts(0, 1)) as [number];
  const file = `
daemon off;
worker_processes 1;
error_log stderr crit;
pid nginx.pid;
events { worker_connections 9000; }
http {
  access_log off;
  keepalive_requests 100000000;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  upstream region { server ${rest}; keepalive 256; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${httpPort};
    location / { proxy_pass http://region; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`;
  const run = await start(binary, (path, directory) => ["-p", directory, "-c", path], file, [httpPort]);
  return { name: "nginx", resp: null, http: `127.0.0.1:${httpPort}`, ...run };
}

async function start(
  binary: string,
  args: (path: string, directory: string) => readonly string[],
  configuration: string,
  ports: readonly number[],
): Promise<Pick<Proxy, "residentBytes" | "stop">> {
  const directory = mkdtempSync(join(tmpdir(), "antipode-proxy-"));
  const path = join(directory, "proxy.conf");
  writeFileSync(path, configuration);
  const child = spawn(binary, args(path, directory), { stdio: ["ignore", "ignore", "pipe"] });
  let output = "";
  child.stderr.on("data", (chunk: Buffer) => (output = (output + chunk.toString()).slice(-500)));
  const giveUp = performance.now() + START_TIMEOUT_MS;
  for (const port of ports) {
    while (!(await accepts(port))) {
      if (performance.now() > giveUp || child.exitCode !== null) {
        await end(child, directory);
        throw new Error(`${binary} does not start: ${output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return { residentBytes: () => residentBytes(child.pid!), stop: () => end(child, directory) };
}

async function end(child: ChildProcess, directory: string): Promise<void> {
  if (child.exitCode === null) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(timer);
  }
  rmSync(directory, { recursive: true, force: true });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const settle = (isUp: boolean): void => {
      socket.destroy();
      resolve(isUp);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}

/** Of the process and its children, as Linux tells it; 0 elsewhere. */
function residentBytes(pid: number): number {
  try {
    const own = Number(/^VmRSS:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "utf8")
        .split(" ")
        .filter((one) => one !== ""),
    );
    return children.reduce((sum, child) => sum + residentBytes(Number(child)), own);
  } catch {
    return 0;
  }
}
