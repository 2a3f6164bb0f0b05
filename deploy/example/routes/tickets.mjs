// Tickets: a limit that holds in all regions together, and a lock that one region keeps for all.
import { expressRateLimit, RateLimiter, fixedWindow } from "antipode/ratelimit";
import { Locks } from "antipode/lock";

const TICKETS_PER_MINUTE = 10;
const WINDOW_MS = 60_000;
const REPORT_MS = 2_000;

export function ticketRoutes(app, { client, signedIn }) {
  // Strict: never more than ten a minute, however the regions are cut. Each has a share and borrows what others leave.
  const limiter = new RateLimiter({ client, name: "tickets", algorithm: fixedWindow(TICKETS_PER_MINUTE, WINDOW_MS) });
  app.post("/ticket", signedIn, expressRateLimit(limiter), (request, response) => {
    request.session.tickets = (request.session.tickets ?? 0) + 1;
    response.json({ said: "sold" });
  });

  // The lock lives in us-east. Cut off from it, nobody else believes to have it.
  const locks = new Locks({ client, home: "us-east" });
  app.post("/report", signedIn, (_request, response, next) => {
    const work = () => new Promise((resolve) => setTimeout(resolve, REPORT_MS));
    locks
      .run("report", { ttlMs: 2 * REPORT_MS }, async (lock) => {
        await work();
        return lock.token;
      })
      .then((done) => response.json({ said: done === null ? "somebody else is at it" : `done, fence ${done.value}` }), next);
  });
}
