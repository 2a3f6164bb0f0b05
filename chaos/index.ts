/**
 * `antipode/chaos`: regions of your own, with a proxy on every road between them, for the tests of an application. Nothing here is needed to use
 * Antipode; it is for proving what your application does when a region goes away.
 */
export { attachWorld, type AttachOptions } from "./library/attach-world.ts";
export { startWorld, type StartOptions } from "./library/start-world.ts";
export type { ChaosWorld, HealableFault, RegionUrls } from "./library/chaos-world.ts";
