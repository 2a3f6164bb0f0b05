import { systemClock } from "../base/clock.ts";
import { stderrLogger } from "../base/logger.ts";
import { systemRandom } from "../base/random.ts";
import { IpPlacesError, readIpPlaces, type IpPlaces } from "../router/ip-places.ts";
import { startRouter } from "../router/router.ts";
import { limitsOf, socketsOf } from "./router-sockets.ts";
import { defineProgram } from "./program.ts";
import { ROUTER_SETTINGS } from "./router-settings.ts";
import { SettingError } from "./setting.ts";
import { printReady, untilStopped } from "./until-stopped.ts";

const text = (address: { readonly host: string; readonly port: number } | null): string | null =>
  address === null ? null : `${address.host}:${address.port}`;

/** Rejects with SettingError. */
async function placesOf(path: string | undefined): Promise<IpPlaces | null> {
  if (path === undefined) return null;
  try {
    return await readIpPlaces(path);
  } catch (error) {
    if (error instanceof IpPlacesError) throw new SettingError(`--geo-ip ${error.message}`);
    throw error;
  }
}

export const ROUTER_PROGRAM = defineProgram(
  "router",
  "sends each client to the nearest healthy region.",
  ROUTER_SETTINGS,
  async (values, readAgain) => {
    if (values.regions.length === 0 && values.seeds.length === 0) {
      throw new SettingError("--region or --seed is needed at least once");
    }
    const logger = stderrLogger(values.logLevel);
    const router = await startRouter({
      http: values.http,
      resp: values.resp ?? null,
      admin: values.admin ?? null,
      regions: values.regions,
      seeds: values.seeds,
      ipPlaces: await placesOf(values.geoIp),
      location: values.location ?? null,
      ...socketsOf(values),
      pinnedHosts: values.pinnedHosts,
      bounds: values.bounds,
      resumesSessions: values.respResume,
      limits: limitsOf(values),
      clock: systemClock(),
      random: systemRandom(),
      logger,
    });
    const reload = async (): Promise<void> => {
      try {
        const { regions, seeds, geoIp } = readAgain();
        router.reload({ regions, seeds, ipPlaces: await placesOf(geoIp) });
        logger.info(
          "configuration read again: regions, seeds and the table of addresses hold from now on, all else from the next start",
        );
      } catch (error) {
        logger.error("configuration refused, the old one stays", { error: String(error) });
      }
    };
    let reloading = Promise.resolve();
    const onHangup = (): void => {
      reloading = reloading.then(reload);
    };
    // Without a file nothing could have changed: then a hangup is the terminal's end, as for every program.
    const stopped = values.config === undefined ? untilStopped() : untilStopped(onHangup);
    if (values.readyJson) {
      await printReady({
        http: text(router.httpAddress),
        resp: text(router.respAddress),
        admin: text(router.adminAddress),
        pid: process.pid,
      });
    }
    await stopped;
    await router.drain(values.drainTimeoutMs);
    return 0;
  },
);
