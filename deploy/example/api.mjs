// An API with sessions, as it stands in front of each region. REGION, REDIS_URL and PORT (0: any) come from the environment; it prints the
// address it listens on.
import express from "express";
import session from "express-session";
import { createClient } from "redis";
import { expressStore, expressSync } from "antipode/session";
import { sessionRoutes, signedIn } from "./routes/session.mjs";
import { ticketRoutes } from "./routes/tickets.mjs";

const { REGION, REDIS_URL, PORT = "0", SECRET = "for an example" } = process.env;

const client = createClient({ url: REDIS_URL });
client.on("error", (error) => console.error(`redis: ${error.message}`));
await client.connect();

const store = expressStore(session, {
  client,
  counters: ["visits", "tickets", "cart.*"],
  user: ({ user }) => user,
  readYourWrites: { timeoutMs: 300 },
});
const sessions = session({
  store,
  secret: SECRET,
  resave: false,
  saveUninitialized: false,
  cookie: { maxAge: 3_600_000, sameSite: "lax" },
});

const app = express();
app.use(express.json());
app.use(expressSync(sessions, store, { secret: SECRET }));
// What an API does is a list of routes; each gets the same tools.
for (const addRoutes of [sessionRoutes, ticketRoutes]) addRoutes(app, { region: REGION, client, store, signedIn });
app.use((error, _request, response, _next) => {
  response.status(error.status ?? 500).json({ error: error.message });
});

const server = app.listen(Number(PORT), "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })}\n`);
});
process.once("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
  client.destroy();
});
