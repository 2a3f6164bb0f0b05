/** Node keeps a process alive for its timers, unless told otherwise; where there are no processes there is nothing to tell. */
export function letGo(timer: unknown): void {
  if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function")
    timer.unref();
}
