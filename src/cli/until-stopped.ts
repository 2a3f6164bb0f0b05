/** How often a program that a world started looks whether the world is still there. */
const PARENT_LOOK_MS = 500;

/**
 * Resolves at the first SIGTERM, SIGINT or SIGHUP (the terminal went; with `onHangup`: that is called instead); a second one ends the process
 * at once. A program that a
 * world started also stops when the world is gone, however it went: ANTIPODE_STOP_WITH_PARENT names its process.
 */
export function untilStopped(onHangup?: () => void): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(130);
      asked = true;
      resolve(signal);
    };
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, onSignal);
    process.on("SIGHUP", onHangup ?? onSignal);
    const parent = process.env["ANTIPODE_STOP_WITH_PARENT"];
    if (parent === undefined) return;
    const looking = setInterval(() => {
      if (String(process.ppid) === parent) return;
      clearInterval(looking);
      resolve("the parent is gone");
    }, PARENT_LOOK_MS);
    looking.unref();
  });
}

/** One line of JSON on standard output, written out before anything else happens. */
export function printReady(ready: unknown): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(`${JSON.stringify(ready)}\n`, () => resolve());
  });
}
