import { World } from "../../../chaos/world/start-world.ts";
import { hostPort, PROGRAM, Scratch } from "../../support/processes.ts";

/** One region's doors as its clients are told of them. */
export interface Region {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly rest: { readonly url: string; readonly token: string; readonly enableTelemetry: false };
}

export interface Regions {
  readonly east: Region;
  readonly west: Region;
  stop(): Promise<void>;
}

/** Two regions as processes of this machine, without delay between them: the libraries' own work is what is looked at. */
export async function startTwoRegions(): Promise<Regions> {
  const scratch = new Scratch();
  const world = await World.start({
    program: PROGRAM,
    regions: ["us-east", "eu-west"],
    dataDir: scratch.directory(),
    basePort: 0,
    links: null,
    startTimeoutMs: 30_000,
    nodeArgs: ["--segment-bytes", "4mb", "--log-level", "warn"],
  });
  const [east, west] = world.nodes.map(({ ready }) => ({
    ...hostPort(ready.resp),
    url: `redis://${ready.resp}`,
    rest: { url: `http://${ready.rest}`, token: world.secrets.token, enableTelemetry: false as const },
  }));
  return {
    east: east!,
    west: west!,
    stop: async () => {
      await world.stop();
      scratch.clean();
    },
  };
}
