// Login, a cart, logout: what a session is for.
import { setTimeout as pause } from "node:timers/promises";

const SLOW_MS = 3_000;

/** What the page shows of a session. */
const shown = ({ session }) => ({
  user: session.user ?? null,
  cart: session.cart ?? {},
  visits: session.visits ?? 0,
  tickets: session.tickets ?? 0,
});

export const signedIn = (request, response, next) => {
  if (request.session.user === undefined) response.status(401).json({ error: "log in first" });
  else next();
};

export function sessionRoutes(app, { region, store }) {
  app.get("/me", (request, response) => response.json({ region, ...shown(request) }));

  app.post("/login", (request, response, next) => {
    // A new id at login, so that nobody can have given the old one away.
    request.session.regenerate((error) => {
      if (error) return next(error);
      request.session.user = request.body.user;
      request.session.cart = {};
      response.json(shown(request));
    });
  });

  app.post("/visit", signedIn, (request, response) => {
    request.session.visits = (request.session.visits ?? 0) + 1;
    response.json(shown(request));
  });

  app.post("/cart/:item", signedIn, (request, response) => {
    const { cart } = request.session;
    cart[request.params.item] = (cart[request.params.item] ?? 0) + 1;
    response.json(shown(request));
  });

  app.delete("/cart/:item", signedIn, (request, response) => {
    delete request.session.cart[request.params.item];
    response.json(shown(request));
  });

  // A request that takes its time between load and save: log out meanwhile.
  app.post("/slow/:item", signedIn, (request, response, next) => {
    pause(SLOW_MS).then(() => {
      request.session.cart[request.params.item] = (request.session.cart[request.params.item] ?? 0) + 1;
      response.json(shown(request));
    }, next);
  });

  app.post("/logout", (request, response, next) => {
    request.session.destroy((error) => (error ? next(error) : response.json({ user: null })));
  });

  // Ends every session of the user, and tells which regions have it on disk.
  app.post("/logout-everywhere", signedIn, (request, response, next) => {
    const { user } = request.session;
    store.sessions.revocations.revokeUser(user, { timeoutMs: 500 }).then((answer) => response.json(answer), next);
  });
}
