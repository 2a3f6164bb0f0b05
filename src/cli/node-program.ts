import { RegionNode } from "../node/region-node.ts";
import { NODE_SETTINGS } from "./node-settings.ts";
import { armFrom } from "./injected-crash.ts";
import { clockOf } from "./injected-clock.ts";
import { defineProgram } from "./program.ts";
import { SettingError } from "./setting.ts";
import { printReady, untilStopped } from "./until-stopped.ts";
import { VERSION } from "./version.ts";

export const NODE_PROGRAM = defineProgram("node", "one region's node.", NODE_SETTINGS, async (values) => {
  if (values.region === undefined) throw new SettingError("--region is needed: this region's name");
  if (values.data === undefined) throw new SettingError("--data is needed: this region's data directory");
  armFrom(process.env);
  const node = await RegionNode.start({
    region: values.region,
    dataDir: values.data,
    resp: values.resp,
    rest: values.rest,
    gossip: values.gossip,
    admin: values.admin,
    scriptWatch: values.scriptWatch,
    peers: values.peers,
    place: { rest: values.publicRest ?? null, resp: values.publicResp ?? null, location: values.location ?? null },
    token: values.token,
    readOnlyToken: values.readOnlyToken,
    secret: values.secret,
    otherSecret: values.otherSecret,
    gossipCertificate: values.gossipCertificate,
    gossipKey: values.gossipKey,
    gossipAuthority: values.gossipAuthority,
    linkBytesPerSecond: values.linkBytesPerSecond,
    clientCertificate: values.clientCertificate,
    clientKey: values.clientKey,
    clientAuthority: values.clientAuthority,
    trustedProxies: values.trustedProxies,
    respPassword: values.respPassword,
    durability: values.durability,
    memoryBytesMax: values.maxmemory,
    packAfterS: values.packAfterS === 0 ? null : values.packAfterS,
    clientsMax: values.maxclients,
    segmentBytes: values.segmentBytes,
    logBytesMax: values.logBudget,
    logAgeMaxMs: values.logAgeMaxMs,
    fence: { ageMaxMs: values.fenceAfterMs, itemsMax: values.fenceItems, bytesMax: values.fenceBytes },
    clockSkewMaxMs: values.clockSkewMaxMs,
    diskFreeMinBytes: values.diskFreeMinBytes,
    joinTimeoutMs: values.joinTimeoutMs,
    restLimits: {
      requestBytesMax: values.restRequestBytesMax,
      recordBytesMax: values.restRecordBytesMax,
      keyBytesMax: values.restKeyBytesMax,
      commandsPerSecondMax: values.restCommandsPerSecondMax,
      commandsPerDayMax: values.restCommandsPerDayMax,
      idempotencyMs: values.restIdempotencyMs,
      idempotencyBytesMax: values.restIdempotencyBytesMax,
    },
    drainTimeoutMs: values.drainTimeoutMs,
    drainAnnounceMs: values.drainAnnounceMs,
    clock: clockOf(process.env),
    logLevel: values.logLevel,
    version: VERSION,
  });
  const stopped = untilStopped();
  void node.ready().then(async () => {
    if (values.readyJson) await printReady({ region: values.region, ...node.addresses, pid: process.pid });
  });
  await stopped;
  await node.stop();
  return 0;
});
