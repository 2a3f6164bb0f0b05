import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Certificates } from "../../support/certificates.ts";
import { RegionSet } from "../../support/region-set.ts";
import { Scratch, waitFor } from "../../support/processes.ts";

const scratch = new Scratch();
const scratches = new Scratch();
let set: RegionSet | null = null;
let files = "";
afterEach(async () => {
  await set?.end();
  scratch.clean();
});

/** An authority, certificates of two regions by it, and one by another authority. */
beforeAll(() => {
  const certificates = new Certificates(scratches.directory());
  files = certificates.directory;
  for (const name of ["us", "eu"]) certificates.issue(name);
  const strangers = new Certificates(scratches.directory());
  const stranger = strangers.issue("stranger");
  copyFileSync(strangers.path("ca.pem"), join(files, "strangers.pem"));
  copyFileSync(stranger.certificate, join(files, "stranger.pem"));
  copyFileSync(stranger.key, join(files, "stranger.key"));
});
afterAll(() => scratches.clean());

const tls = (name: string, authority = "ca"): string[] =>
  ["cert", "key"]
    .flatMap((kind) => [`--gossip-${kind}`, join(files, `${name}.${kind === "cert" ? "pem" : "key"}`)])
    .concat("--gossip-ca", join(files, `${authority}.pem`));

const lastError = async (regions: RegionSet, name: string): Promise<string> =>
  (await regions.status(name)).peers[0]?.lastError ?? "";

describe("links that are TLS", () => {
  it("carry batches between regions whose certificates one authority signed", async () => {
    set = await RegionSet.create(scratch, ["us", "eu"], [], "wss");
    await Promise.all(["us", "eu"].map((name) => set!.start(name, { args: tls(name) })));
    await set.client("us").set("k", "v");
    await set.client("eu").set("l", "w");
    await set.converged();
    expect(await set.client("eu").get("k")).toBe("v");
  }, 30_000);

  it("refuse a region whose certificate another signed, and one without TLS", async () => {
    set = await RegionSet.create(scratch, ["us", "eu"], [], "wss");
    const regions = set;
    await regions.start("us", { args: tls("us") });
    await regions.start("eu", { args: tls("stranger", "strangers") });
    await regions.client("us").set("k", "v");
    await waitFor("both to say why", async () => {
      const errors = await Promise.all([lastError(regions, "us"), lastError(regions, "eu")]);
      return errors.every((error) => /certificate|self-signed|unknown ca/iu.test(error));
    });
    expect(await regions.client("eu").get("k")).toBeNull();
    await regions.stop("eu");
    await regions.start("eu");
    await waitFor("eu to fail", async () => (await lastError(regions, "us")) !== "");
    expect(await regions.client("eu").get("k")).toBeNull();
  }, 60_000);
});

describe("the shared secret", () => {
  it("is changed while all serve: accepted besides, then swapped, then alone", async () => {
    set = await RegionSet.create(scratch, ["us", "eu"]);
    const regions = set;
    const restart = async (name: string, ...args: string[]): Promise<void> => {
      if (regions.isRunning(name)) await regions.stop(name);
      await regions.start(name, { args });
      await regions.client("us").incr("n");
      await regions.converged();
    };
    await regions.startAll();
    await restart("us", "--other-secret", "new");
    await restart("eu", "--other-secret", "new");
    await restart("us", "--secret", "new", "--other-secret", "s3cret");
    await restart("eu", "--secret", "new", "--other-secret", "s3cret");
    await restart("us", "--secret", "new");
    await restart("eu", "--secret", "new");
    expect(await regions.client("eu").get("n")).toBe("6");
    await regions.stop("eu");
    await regions.start("eu", { args: ["--secret", "s3cret"] });
    await waitFor("the old one to be refused", async () => (await lastError(regions, "us")).includes("shared secret"));
  }, 60_000);
});
