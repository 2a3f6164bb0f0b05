// The rooms of src/, lowest first, and what each may import: the table of CONTRIBUTING.md, checked.
const ROOMS = {
  base: [],
  sockets: ["base"],
  crdt: ["base"],
  resp: ["base"],
  storage: ["base", "crdt"],
  keyspace: ["base", "crdt"],
  commands: ["base", "crdt", "resp", "keyspace"],
  scripting: ["base", "resp"],
  replication: ["base", "sockets", "crdt", "keyspace"],
  server: ["base", "sockets", "crdt", "resp", "commands"],
  node: ["base", "sockets", "crdt", "resp", "storage", "keyspace", "commands", "scripting", "replication", "server"],
  router: ["base", "sockets", "resp"],
  client: ["base", "resp"],
  cli: ["base", "sockets", "crdt", "storage", "keyspace", "node", "router"],
};
// What is less than a room, or outside them: of storage the keyspace sees the two ports and what goes through them, and only cli starts the harness.
const EXTRA = {
  keyspace: ["^src/storage/((log|rows)-port|row-changes)[.]ts$"],
  scripting: ["^src/commands/scripting-port[.]ts$"],
  client: ["^src/router/repeatable[.]ts$"],
  cli: ["^chaos/"],
};

const rooms = Object.entries(ROOMS).map(([room, allowed]) => ({
  name: `room-${room}`,
  comment: `src/${room} may import ${allowed.join(", ") || "no other room"}`,
  severity: "error",
  from: { path: `^src/${room}/` },
  to: {
    path: "^(src|chaos|test)/",
    pathNot: [`^src/(${[room, ...allowed].join("|")})/`, ...(EXTRA[room] ?? [])],
  },
}));

const door = (name, module, from) => ({
  name: `door-${name}`,
  comment: `${name} has one door`,
  severity: "error",
  from: { path: "^(src|chaos)/", pathNot: from },
  to: { path: module },
});

module.exports = {
  forbidden: [
    ...rooms,
    {
      name: "no-unlisted-rooms",
      comment: "a new room of src/ needs a line in the table above: without one it could import anything",
      severity: "error",
      from: { path: "^src/", pathNot: `^src/(${Object.keys(ROOMS).join("|")})/` },
      to: {},
    },
    {
      name: "chaos-sees-programs-from-outside",
      severity: "error",
      from: { path: "^chaos/" },
      to: { path: "^src/", pathNot: "^src/(base|resp|client)/" },
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-orphans",
      severity: "error",
      from: { orphan: true, path: "^(src|chaos)/", pathNot: "^src/(cli/main|client/index|client/session/index)[.]ts$" },
      to: {},
    },
    door("lmdb", "^node_modules/lmdb/", "^src/storage/rows/lmdb-writer[.]ts$"),
    door("ws", "^node_modules/ws/", "^src/replication/ws/"),
    door("pino", "^node_modules/pino/", "^src/base/logger[.]ts$"),
    door("big.js", "^node_modules/big[.]js/", "^src/crdt/delta[.]ts$"),
    door("automerge", "^node_modules/@automerge/", "^src/crdt/document/automerge[.]ts$"),
    door("prom-client", "^node_modules/prom-client/", "^src/(server/admin/(metrics|tally-histogram)|router/metrics)[.]ts$"),
    door("fastify", "^node_modules/fastify/", "^src/(server/(rest|admin)|router)/"),
    door("toxiproxy", "^node_modules/toxiproxy-node-client/", "^chaos/links/toxiproxy-links[.]ts$"),
    {
      name: "sockets-have-doors",
      severity: "error",
      from: {
        path: "^src/",
        pathNot: "^src/(sockets|server/(resp|rest|admin)|router|client|replication/ws|storage/directory[.]ts|node/script-watch-thread[.]ts)",
      },
      to: { path: "^(node:)?(net|http|https|tls)$", dependencyTypesNot: ["type-only"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      extensions: [".ts", ".js", ".mjs"],
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
