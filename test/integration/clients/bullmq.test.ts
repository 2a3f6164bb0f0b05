import { once } from "node:events";
import { FlowProducer, Queue, QueueEvents, Worker, type Job, type Processor, type WorkerOptions } from "bullmq";
import { Redis as IoRedis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { waitFor } from "../../support/processes.ts";
import { startTwoRegions, type Region, type Regions } from "./regions.ts";

let regions: Regions;
let inspector: IoRedis;
beforeAll(async () => {
  regions = await startTwoRegions();
  inspector = new IoRedis(regions.east);
});
afterAll(async () => {
  inspector.disconnect();
  await regions.stop();
});

class Signal {
  give: () => void = () => {};
  readonly given = new Promise<void>((resolve) => (this.give = resolve));
}

interface Closing {
  close(): Promise<void>;
}

let named = 0;
let name = "";
let queue: Queue;
let events: QueueEvents;
const opened: Closing[] = [];

const at = ({ host, port }: Region = regions.east) => ({ connection: { host, port } });
const keep = <T extends Closing>(closing: T): T => {
  opened.unshift(closing);
  return closing;
};

beforeEach(async () => {
  name = `q${++named}`;
  queue = keep(new Queue(name, at()));
  events = keep(new QueueEvents(name, at()));
  await Promise.all([queue.waitUntilReady(), events.waitUntilReady()]);
});
afterEach(async () => {
  for (const closing of opened.splice(0)) await closing.close();
});

async function work(processor: Processor, options: Partial<WorkerOptions> = {}, region?: Region): Promise<Worker> {
  const worker = keep(new Worker(name, processor, { ...at(region), ...options }));
  await worker.waitUntilReady();
  return worker;
}

const finished = (job: Job): Promise<unknown> => job.waitUntilFinished(events, 8_000);

describe("bullmq, unmodified", () => {
  it("what is added is worked once, and its result, progress and log are kept", async () => {
    const progress = once(events, "progress");
    await work(async (job) => {
      await job.updateProgress(50);
      await job.log("half");
      return (job.data as { n: number }).n * 2;
    });
    const jobs = await queue.addBulk([1, 2, 3].map((n) => ({ name: "double", data: { n } })));
    expect(await Promise.all(jobs.map(finished))).toEqual([2, 4, 6]);
    expect((await progress)[0]).toMatchObject({ data: 50 });
    expect((await queue.getJobLogs(jobs[0]!.id!)).logs).toEqual(["half"]);
    expect(await queue.getJobCounts("completed", "wait", "active", "failed")).toEqual({
      completed: 3,
      wait: 0,
      active: 0,
      failed: 0,
    });
  });

  it("a worker that waits is woken by what comes (BZPOPMIN)", async () => {
    const worker = await work(() => Promise.resolve("done"));
    await waitFor("the worker waits", async () => (await inspector.info("commandstats")).includes("cmdstat_bzpopmin"));
    expect(await finished(await queue.add("late", {}))).toBe("done");
    expect(worker.isRunning()).toBe(true);
  });

  it("priorities: the smallest number first, and equals in the order they came", async () => {
    const order: string[] = [];
    const priorities = [5, 1, 3, 1] as const;
    const jobs: Job[] = [];
    for (const [index, priority] of priorities.entries()) jobs.push(await queue.add(`${index}`, {}, { priority }));
    await work((job) => Promise.resolve(order.push(job.name)));
    await Promise.all(jobs.map(finished));
    expect(order).toEqual(["1", "3", "2", "0"]);
  });

  it("delayed: not before its time, and can be promoted", async () => {
    await work((job) => Promise.resolve(Date.now() - job.timestamp));
    const far = await queue.add("far", {}, { delay: 3_600_000 });
    expect(await far.isDelayed()).toBe(true);
    const soon = await queue.add("soon", {}, { delay: 300 });
    expect(await finished(soon)).toBeGreaterThanOrEqual(299);
    expect(await queue.getDelayedCount()).toBe(1);
    await far.promote();
    await finished(far);
  });

  it("repeated: a scheduler makes job after job until it is removed", async () => {
    const seen = new Signal();
    let runs = 0;
    await queue.upsertJobScheduler("tick", { every: 100 }, { name: "tick", data: { of: "scheduler" } });
    await work((job) => {
      expect(job.data).toEqual({ of: "scheduler" });
      if (++runs === 3) seen.give();
      return Promise.resolve();
    });
    await seen.given;
    expect(await queue.getJobSchedulers()).toMatchObject([{ key: "tick", every: 100 }]);
    expect(await queue.removeJobScheduler("tick")).toBe(true);
    expect(await queue.getJobSchedulers()).toEqual([]);
  });

  it("what fails is tried again after its back-off, and then kept as failed", async () => {
    await work((job) => {
      if (job.name === "never" || job.attemptsMade < 2) throw new Error("not yet");
      return Promise.resolve(job.attemptsMade);
    });
    const third = await queue.add("third", {}, { attempts: 3, backoff: { type: "fixed", delay: 10 } });
    expect(await finished(third)).toBe(2);
    const never = await queue.add("never", {}, { attempts: 2 });
    await expect(finished(never)).rejects.toThrow("not yet");
    expect(await never.isFailed()).toBe(true);
    expect((await queue.getFailed()).map((job) => job.name)).toEqual(["never"]);
  });

  it("flows: a parent waits for its children and reads what they returned", async () => {
    const flows = keep(new FlowProducer(at()));
    await work(async (job) => {
      if (job.name !== "parent") return job.name;
      return Object.values(await job.getChildrenValues()).toSorted();
    });
    const { job } = await flows.add({
      name: "parent",
      queueName: name,
      children: ["left", "right"].map((child) => ({ name: child, queueName: name })),
    });
    expect(await finished(job)).toEqual(["left", "right"]);
    expect(await job.getDependenciesCount()).toMatchObject({ processed: 2, unprocessed: 0 });
  });

  it("a rate limit: what is over it waits for the next window", async () => {
    const times: number[] = [];
    const jobs = await queue.addBulk(Array.from({ length: 4 }, (_, n) => ({ name: "limited", data: { n } })));
    await work(() => Promise.resolve(times.push(Date.now())), { limiter: { max: 2, duration: 400 } });
    await Promise.all(jobs.map(finished));
    expect(times[2]! - times[0]!).toBeGreaterThanOrEqual(390);
  });

  it("stalled: what a dead worker had is given to another", async () => {
    const taken = new Signal();
    const job = await queue.add("orphan", {});
    const dead = new Worker(
      name,
      () => {
        taken.give();
        return new Promise(() => {});
      },
      { ...at(), lockDuration: 200, skipLockRenewal: true, skipStalledCheck: true },
    );
    await taken.given;
    const stalled = once(events, "stalled");
    const rescuer = await work(() => Promise.resolve("rescued"), { stalledInterval: 150 });
    expect(await finished(job)).toBe("rescued");
    expect((await stalled)[0]).toMatchObject({ jobId: job.id });
    expect(rescuer.isRunning()).toBe(true);
    await dead.close(true);
  });

  it("deduplication, pause, drain, clean and obliterate", async () => {
    const first = await queue.add("one", {}, { deduplication: { id: "same" } });
    expect((await queue.add("two", {}, { deduplication: { id: "same" } })).id).toBe(first.id);
    await queue.pause();
    expect(await queue.isPaused()).toBe(true);
    await queue.resume();
    await queue.drain();
    expect(await queue.count()).toBe(0);
    await work(() => Promise.resolve());
    await finished(await queue.add("cleaned", {}));
    expect(await queue.clean(0, 10, "completed")).toHaveLength(1);
    await queue.obliterate({ force: true });
    expect(await inspector.keys(`bull:${name}:*`)).not.toContain(`bull:${name}:meta`);
  });

  it("two regions: what one region adds, a worker of the other takes, and both see it done", async () => {
    await work((job) => Promise.resolve(`${job.name} in the west`), {}, regions.west);
    const job = await queue.add("travels", {});
    expect(await finished(job)).toBe("travels in the west");
    const west = keep(new Queue(name, at(regions.west)));
    await waitFor("completed in both", async () =>
      (await Promise.all([queue, west].map((each) => each.getCompletedCount()))).every((count) => count === 1),
    );
    expect(await job.getState()).toBe("completed");
  });
});
