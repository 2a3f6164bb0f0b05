import { systemClock } from "../base/clock.ts";
import { stderrLogger } from "../base/logger.ts";
import { systemRandom } from "../base/random.ts";
import { startRouter } from "../router/router.ts";
import { defineProgram } from "./program.ts";
import { ROUTER_SETTINGS } from "./router-settings.ts";
import { SettingError } from "./setting.ts";
import { printReady, untilStopped } from "./until-stopped.ts";

const text = (address: { readonly host: string; readonly port: number } | null): string | null =>
  address === null ? null : `${address.host}:${address.port}`;

export const ROUTER_PROGRAM = defineProgram(
  "router",
  "sends each client to the nearest healthy region.",
  ROUTER_SETTINGS,
  async (values) => {
    if (values.regions.length === 0) throw new SettingError("--region is needed at least once");
    const router = await startRouter({
      http: values.http,
      resp: values.resp ?? null,
      admin: values.admin ?? null,
      regions: values.regions,
      clock: systemClock(),
      random: systemRandom(),
      logger: stderrLogger(values.logLevel),
    });
    const stopped = untilStopped();
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
