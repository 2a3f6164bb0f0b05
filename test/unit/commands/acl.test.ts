import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { EngineWorld } from "../../support/engine-world.ts";
import { CommandWorld, type Plain } from "./command-world.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

function asObject(reply: Plain): Record<string, Plain> {
  return Object.fromEntries((reply as { map: [string, Plain][] }).map);
}

/** A connection that has authenticated as a user with these rules. */
function userWith(world: CommandWorld, rules: string, name = "u") {
  expect(world.run(`acl setuser ${name} on nopass ${rules}`)).toBe("+OK");
  const session = world.connect();
  expect(world.run(`auth ${name} x`, session)).toBe("+OK");
  return (words: string): Plain => world.run(words, session);
}

const NO_KEY = "-NOPERM No permissions to access a key";
const noCommand = (name: string, user = "u"): string =>
  `-NOPERM User ${user} has no permissions to run the '${name}' command`;

describe("ACL SETUSER and GETUSER", () => {
  test("a new user is off and may nothing; rules add up", () => {
    const world = new CommandWorld();
    expect(world.run("acl setuser bob")).toBe("+OK");
    expect(world.run("acl getuser bob")).toEqual({
      map: [
        ["flags", { set: ["off", "sanitize-payload"] }],
        ["passwords", []],
        ["commands", "-@all"],
        ["keys", ""],
        ["channels", ""],
        ["selectors", []],
      ],
    });
    world.run("acl setuser bob on >one >two ~a* %R~b* %W~c* &news.* +get +@hash -HDEL (+set ~d*) ");
    const bob = asObject(world.run("acl getuser bob"));
    expect(bob["flags"]).toEqual({ set: ["on", "sanitize-payload"] });
    expect(bob["passwords"]).toEqual([sha256("one"), sha256("two")]);
    expect(bob["commands"]).toBe("-@all +get +@hash -hdel");
    expect(bob["keys"]).toBe("~a* %R~b* %W~c*");
    expect(bob["channels"]).toBe("&news.*");
    expect(bob["selectors"]).toEqual([
      {
        map: [
          ["commands", "-@all +set"],
          ["keys", "~d*"],
          ["channels", ""],
        ],
      },
    ]);
    expect(world.run("acl getuser nobody")).toBe(null);
  });

  test("LIST and USERS, and a user's text makes that user again", () => {
    const world = new CommandWorld();
    expect(world.run("acl list")).toEqual(["user default on nopass sanitize-payload ~* &* +@all"]);
    world.run("acl setuser zoe on >p allkeys allchannels allcommands -flushall (+get %RW~x)");
    const text = `user zoe on sanitize-payload #${sha256("p")} ~* &* +@all -flushall (~x resetchannels -@all +get)`;
    expect((world.run("acl list") as string[])[1]).toBe(text);
    expect(world.run("acl users")).toEqual(["default", "zoe"]);
    expect(world.run(`acl setuser amy ${text.split(" ").slice(2).join(" ")}`)).toBe("+OK");
    expect((world.run("acl list") as string[])[0]).toBe(text.replace("zoe", "amy"));
  });

  test("reset, resetkeys, resetchannels, resetpass, clearselectors, nocommands take things back", () => {
    const world = new CommandWorld();
    const made = "acl setuser u on >p ~a &b +get skip-sanitize-payload (+set ~*)";
    const text = (rules: string): string => {
      world.run("acl deluser u");
      world.run(made);
      world.run(`acl setuser u ${rules}`);
      return (world.run("acl list") as string[])[1]!.slice("user u ".length);
    };
    expect(text("reset")).toBe("off sanitize-payload resetchannels -@all");
    const hash = `#${sha256("p")}`;
    const on = "on skip-sanitize-payload";
    const selector = "(~* resetchannels -@all +set)";
    expect(text("resetkeys")).toBe(`${on} ${hash} resetchannels &b -@all +get ${selector}`);
    expect(text("resetchannels")).toBe(`${on} ${hash} ~a resetchannels -@all +get ${selector}`);
    expect(text("resetpass")).toBe(`${on} ~a resetchannels &b -@all +get ${selector}`);
    expect(text("nopass")).toBe(`on nopass skip-sanitize-payload ~a resetchannels &b -@all +get ${selector}`);
    expect(text("clearselectors")).toBe(`${on} ${hash} ~a resetchannels &b -@all +get`);
    expect(text("nocommands off")).toBe(`off skip-sanitize-payload ${hash} ~a resetchannels &b -@all ${selector}`);
    expect(text("<p")).toBe(`${on} ~a resetchannels &b -@all +get ${selector}`);
    expect(text(`!${sha256("p")}`)).toBe(`${on} ~a resetchannels &b -@all +get ${selector}`);
  });

  test("a later rule about the same command takes the place of an earlier one", () => {
    const world = new CommandWorld();
    world.run("acl setuser u +config|get +get -get +@read -@read +config");
    expect(asObject(world.run("acl getuser u"))["commands"]).toBe("-@all -get -@read +config");
  });

  test("acl-pubsub-default gives new users all channels", () => {
    const world = new CommandWorld();
    world.run("config set acl-pubsub-default allchannels");
    world.run("acl setuser u");
    expect(asObject(world.run("acl getuser u"))["channels"]).toBe("&*");
  });

  test("all rules are taken, or none, in Redis' words", () => {
    const world = new CommandWorld();
    const modifier = (rule: string, reason: string): readonly [string, string] => [
      `acl setuser u on ${rule}`,
      `-ERR Error in ACL SETUSER modifier '${rule.split(" ").at(-1)!}': ${reason}`,
    ];
    const cases = [
      modifier("+nothing", "Unknown command or category name in ACL"),
      modifier("+config|nothing", "Unknown command or category name in ACL"),
      modifier("-@nothing", "Unknown command or category name in ACL"),
      modifier("-select|0", "Unknown command or category name in ACL"),
      modifier("+config|get|x", "Allowing first-arg of a subcommand is not supported"),
      modifier("+select|", "Syntax error"),
      modifier("foo", "Syntax error"),
      modifier("%X~a", "Syntax error"),
      modifier("%~a", "Syntax error"),
      modifier("(on)", "Syntax error"),
      modifier(
        "#12",
        "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters",
      ),
      modifier("<never", "The password you are trying to remove from the user does not exist"),
      ["acl setuser u (+get", "-ERR Unmatched parenthesis in acl selector starting at '(+get'."],
    ] as const;
    for (const [words, reply] of cases) expect([words, world.run(words)]).toEqual([words, reply]);
    expect(world.run("acl setuser u ~* ~a")).toMatch(
      /^-ERR Error in ACL SETUSER modifier '~a': Adding a pattern after/u,
    );
    expect(world.run("acl setuser u &* &a")).toMatch(/'allchannels' flag/u);
    expect(world.run(["acl", "setuser", "a b"])).toBe("-ERR Usernames can't contain spaces or null characters");
    expect(world.run("acl getuser u")).toBe(null);
  });
});

describe("rights", () => {
  test("commands, subcommands, categories, first arguments", () => {
    const world = new CommandWorld();
    const run = userWith(world, "~* +get +config|get +@hash -hdel +select|0");
    expect(run("get k")).toBe(null);
    expect(run("set k v")).toBe(noCommand("set"));
    expect(run("config get port")).toEqual({ map: [["port", "6379"]] });
    expect(run("config set port 1")).toBe(noCommand("config|set"));
    expect(run("hset h f v")).toBe(1);
    expect(run("hdel h f")).toBe(noCommand("hdel"));
    expect(run("select 0")).toBe("+OK");
    expect(run("select 1")).toBe(noCommand("select"));
    world.run("acl setuser u +@all -@dangerous");
    expect(run("set k v")).toBe("+OK");
    expect(run("flushall")).toBe(noCommand("flushall"));
    expect(run("auth u x")).toBe("+OK");
  });

  test("keys, to read and to write", () => {
    const world = new CommandWorld();
    const run = userWith(world, "+@all ~own:* %R~read:* %W~write:*");
    expect(run("set own:a 1")).toBe("+OK");
    expect(run("get read:a")).toBe(null);
    expect(run("set read:a 1")).toBe(NO_KEY);
    expect(run("set write:a 1")).toBe("+OK");
    expect(run("set write:a 1 get")).toBe(NO_KEY);
    expect(run("get write:a")).toBe(NO_KEY);
    expect(run("get other")).toBe(NO_KEY);
    expect(run("mget own:a read:b other")).toBe(NO_KEY);
    expect(run("copy read:a write:b")).toBe(0);
    expect(run("copy write:a write:b")).toBe(NO_KEY);
    expect(run("rename read:a own:b")).toBe(NO_KEY);
    // Whether a key is there is no reading of it.
    expect(run("exists write:a")).toBe(1);
    expect(run("ping")).toBe("+PONG");
  });

  test("a selector allows as a whole", () => {
    const world = new CommandWorld();
    const run = userWith(world, "+get ~a* (+set ~b*) (+@hash ~c*)");
    expect(run("get a")).toBe(null);
    expect(run("set b 1")).toBe("+OK");
    expect(run("set a 1")).toBe(NO_KEY);
    expect(run("get b")).toBe(NO_KEY);
    expect(run("hset c f v")).toBe(1);
    expect(run("del a")).toBe(noCommand("del"));
  });

  test("channels, and patterns by their very name; who listens to more than it may is closed", () => {
    const world = new CommandWorld();
    const listen = (words: string, rules: string): number => {
      world.run(`acl setuser u reset on nopass +@all ${rules}`);
      const session = world.connect();
      session.protocol = 3;
      world.run("auth u x", session);
      world.run(words, session);
      return session.id;
    };
    const refused = "-NOPERM No permissions to access a channel";
    const run = userWith(world, "+@all &news.* &c");
    expect(run("publish news.1 x")).toBe(0);
    expect(run("publish other x")).toBe(refused);
    expect(run("spublish other x")).toBe(refused);
    expect(run("subscribe news.1 other")).toBe(refused);
    expect(run("psubscribe news.1")).toBe(refused);
    expect(run("unsubscribe other")).not.toBe(refused);
    const [kept, pattern, all, channel] = [
      listen("subscribe c", "&c"),
      listen("psubscribe news.*", "&news.* &c"),
      listen("subscribe x", "&x &news.* &c"),
      listen("ssubscribe s", "allchannels"),
    ];
    expect(world.killed).toEqual([]);
    world.run("acl setuser u resetchannels &c &news.*");
    world.advance(1);
    expect(world.killed).toEqual([all, channel]);
    world.run("acl setuser u resetchannels &*");
    world.run("acl setuser u resetchannels &c &news*");
    world.advance(1);
    expect(world.killed).toContain(pattern);
    expect(world.killed).not.toContain(kept);
  });

  test("in MULTI: when queued, and once more when run", () => {
    const world = new CommandWorld();
    const run = userWith(world, "+@all ~a*");
    run("multi");
    expect(run("set b 1")).toBe(NO_KEY);
    expect(run("exec")).toMatch(/^-EXECABORT/u);
    run("multi");
    run("set a 1");
    run("get a2");
    run("incr a3");
    world.run("acl setuser u resetkeys ~a -incr");
    expect(run("exec")).toEqual([
      "+OK",
      "-NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: no permission to touch the specified keys",
      "-NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: no permission to execute the command or subcommand",
    ]);
  });

  test("in scripts: by the rights of who calls, and ACL LOG says so", () => {
    const world = new CommandWorld();
    const run = userWith(world, "+@all -del ~a*");
    const script = (body: string, ...keys: string[]): string =>
      ["eval", `return redis.pcall(${body})`.replaceAll(" ", ""), String(keys.length), ...keys]
        .join(" ")
        .replace("return", "return\t");
    expect(run(script("'set','a','1'"))).toBe("+OK");
    expect(run(script("'get','b'"))).toMatch(/^-NOPERM .*No permissions to access a key$/u);
    expect(run(script("'del','a'"))).toMatch(/^-NOPERM .*User u has no permissions to run the 'del' command$/u);
    expect(run(script("'get','a'", "b"))).toBe(NO_KEY);
    const contexts = (world.run("acl log") as Plain[])
      .map(asObject)
      .map((entry) => [entry["context"], entry["object"]]);
    expect(contexts).toEqual([
      ["toplevel", "b"],
      ["lua", "del"],
      ["lua", "b"],
    ]);
  });

  test("a user that is changed in MULTI is shown changed there", () => {
    const world = new CommandWorld();
    world.run("multi");
    world.run("acl setuser u on");
    world.run("acl users");
    world.run("acl deluser u");
    world.run("acl users");
    expect(world.run("exec")).toEqual(["+OK", ["default", "u"], 1, ["default"]]);
  });

  test("DRYRUN says what would be", () => {
    const world = new CommandWorld();
    world.run("acl setuser u +get +config|get ~a");
    expect(world.run("acl dryrun u get a")).toBe("+OK");
    expect(world.run("acl dryrun u get b")).toBe("User u has no permissions to access the 'b' key");
    expect(world.run("acl dryrun u set a 1")).toBe("User u has no permissions to run the 'set' command");
    expect(world.run("acl dryrun u config get x")).toBe("+OK");
    expect(world.run("acl dryrun u config set x y")).toBe("User u has no permissions to run the 'config|set' command");
    expect(world.run("acl dryrun nobody get a")).toBe("-ERR User 'nobody' not found");
    expect(world.run("acl dryrun u nothing")).toBe("-ERR Command 'nothing' not found");
    expect(world.run("acl dryrun u get")).toBe("-ERR wrong number of arguments for 'get' command");
  });
});

describe("who one is", () => {
  test("AUTH with name and password; off and wrong are refused alike", () => {
    const world = new CommandWorld();
    world.run("acl setuser bob on >secret +@all ~*");
    const client = world.connect();
    expect(world.run("acl whoami", client)).toBe("default");
    expect(world.run("auth bob wrong", client)).toBe("-WRONGPASS invalid username-password pair or user is disabled.");
    expect(world.run("auth bob secret", client)).toBe("+OK");
    expect(world.run("acl whoami", client)).toBe("bob");
    expect(world.run("client info", client)).toMatch(/ user=bob /u);
    world.run("acl setuser bob off");
    // As in Redis: who is in stays in.
    expect(world.run("get k", client)).toBe(null);
    expect(world.run("auth bob secret")).toMatch(/^-WRONGPASS/u);
    expect(world.run("hello 3 auth bob secret")).toMatch(/^-WRONGPASS/u);
    expect(world.run("reset", client)).toBe("+RESET");
    expect(world.run("acl whoami", client)).toBe("default");
  });

  test("requirepass is the password of a default user that nobody defined; afterwards the definition counts", () => {
    const world = new CommandWorld();
    world.run("config set requirepass one");
    expect(world.run("get k", world.connect())).toBe("-NOAUTH Authentication required.");
    expect((world.run("acl list") as string[])[0]).toBe(
      `user default on sanitize-payload #${sha256("one")} ~* &* +@all`,
    );
    world.run("acl setuser default >two");
    const client = world.connect();
    expect(world.run("auth two", client)).toBe("+OK");
    expect(world.run("auth one", client)).toBe("+OK");
    // CONFIG SET then changes the definition, as Redis changes its default user.
    world.run("config set requirepass three");
    expect(world.run("auth one", client)).toMatch(/^-WRONGPASS/u);
    expect(world.run("auth three", client)).toBe("+OK");
    world.run(["config", "set", "requirepass", ""]);
    expect(world.run("get k", world.connect())).toBe(null);
    expect(world.run("acl deluser default")).toBe("-ERR The 'default' user cannot be removed");
    world.run("acl setuser default off");
    expect(world.run("get k", world.connect())).toBe("-NOAUTH Authentication required.");
  });

  test("CONFIG SET requirepass changes a defined default user inside MULTI too, in every region", () => {
    const world = new EngineWorld();
    const [a, b] = [new CommandWorld({}, world.a), new CommandWorld({}, world.b)];
    a.run("acl setuser default >one");
    a.run("multi");
    a.run("config set requirepass two");
    a.run("acl list");
    const [set, users] = a.run("exec") as [Plain, string[]];
    expect([set, users]).toEqual(["+OK", [`user default on sanitize-payload #${sha256("two")} ~* &* +@all`]]);
    world.sync();
    const client = b.connect();
    expect(b.run("auth one", client)).toMatch(/^-WRONGPASS/u);
    expect(b.run("auth two", client)).toBe("+OK");
    expect(b.run("info", client)).toMatch(/redis_version/u);
  });

  test("a deleted user's connections are closed; who deletes itself hears the answer", () => {
    const world = new CommandWorld();
    const [bob, own] = [world.connect(), world.connect()];
    world.run("acl setuser bob on nopass +@all ~*");
    world.run("acl setuser own on nopass +@all ~*");
    world.run("auth bob x", bob);
    world.run("auth own x", own);
    const gone = world.done("acl deluser own bob nobody", own);
    expect([gone.reply, gone.close]).toEqual([2, true]);
    world.advance(1);
    expect(world.killed).toEqual([bob.id]);
    expect(world.run("get k", bob)).toBe("-NOAUTH Authentication required.");
  });

  test("CLIENT KILL USER", () => {
    const world = new CommandWorld();
    const bob = world.connect();
    world.run("acl setuser bob on nopass +@all");
    world.run("auth bob x", bob);
    expect(world.run("client kill user nobody")).toBe("-ERR No such user 'nobody'");
    expect(world.run("client kill user bob")).toBe(1);
    expect(world.killed).toEqual([bob.id]);
  });
});

describe("ACL LOG", () => {
  test("tells what was refused, like events as one, newest first", () => {
    const world = new CommandWorld();
    const run = userWith(world, "+@all -set ~a*");
    run("get b");
    run("get b");
    run("set a 1");
    run("multi");
    run("get c");
    run("discard");
    world.run("auth u2 wrong");
    const entries = (world.run("acl log") as Plain[]).map(asObject);
    expect(
      entries.map((entry) => [entry["reason"], entry["context"], entry["object"], entry["username"], entry["count"]]),
    ).toEqual([
      ["auth", "toplevel", "AUTH", "u2", 1],
      ["key", "multi", "c", "u", 1],
      ["command", "toplevel", "set", "u", 1],
      ["key", "toplevel", "b", "u", 2],
    ]);
    expect(Object.keys(entries[0]!)).toEqual([
      "count",
      "reason",
      "context",
      "object",
      "username",
      "age-seconds",
      "client-info",
      "entry-id",
      "timestamp-created",
      "timestamp-last-updated",
    ]);
    expect(entries[0]!["client-info"]).toMatch(/^id=1 addr=/u);
    expect(world.run("acl log 1")).toHaveLength(1);
    expect(world.run("acl log -1")).toEqual([]);
    expect(world.run("acl log x")).toBe("-ERR value is not an integer or out of range");
    expect(world.run("acl log reset")).toBe("+OK");
    expect(world.run("acl log")).toEqual([]);
    world.run("config set acllog-max-len 1");
    run("get b");
    run("get d");
    expect(world.run("acl log")).toHaveLength(1);
  });

  test("passwords are not in the slow log", () => {
    const world = new CommandWorld();
    world.run("config set slowlog-log-slower-than 0");
    world.run("acl setuser u on >hidden");
    const other = world.connect();
    world.run("auth u hidden", other);
    world.run("hello 2 auth u hidden setname me", other);
    world.run("config set requirepass hidden hz 20");
    world.run("acl resttoken u hidden");
    expect(JSON.stringify(world.run("slowlog get -1"))).not.toMatch(/hidden/u);
    expect(JSON.stringify(world.run("slowlog get -1"))).toMatch(/\(redacted\)/u);
  });
});

describe("the rest of ACL", () => {
  test("CAT, GENPASS, LOAD, SAVE, HELP", () => {
    const world = new CommandWorld();
    expect(world.run("acl cat")).toContain("keyspace");
    expect(world.run("acl cat transaction")).toEqual(["multi", "exec", "discard", "watch", "unwatch"]);
    expect(world.run("acl cat foo")).toBe("-ERR Unknown category 'foo'");
    expect(world.run("acl genpass")).toMatch(/^[0-9a-f]{64}$/u);
    expect(world.run("acl genpass 5")).toMatch(/^[0-9a-f]{2}$/u);
    expect(world.run("acl genpass 4097")).toMatch(/^-ERR ACL GENPASS argument must be the number of bits/u);
    expect(world.run("acl load")).toMatch(/^-ERR This Redis instance is not configured to use an ACL file/u);
    expect(world.run("acl save")).toMatch(/^-ERR This Redis instance is not configured to use an ACL file/u);
    expect(world.run("acl help")).toEqual(expect.arrayContaining(["+WHOAMI"]));
    expect(world.run("acl foo")).toBe("-ERR unknown subcommand 'foo'. Try ACL HELP.");
  });

  test("RESTTOKEN gives a token with the user's rights for as long as the password is one of its", () => {
    const world = new CommandWorld();
    const { access } = world.dispatcher;
    world.run("acl setuser mary on >one >two +get ~*");
    expect(world.run("acl resttoken mary wrong")).toBe('-ERR Wrong password or user "mary" does not exist');
    expect(world.run("acl resttoken nobody x")).toBe('-ERR Wrong password or user "nobody" does not exist');
    const token = world.run("acl resttoken mary one") as string;
    expect(access.ofToken(token)?.name).toBe("mary");
    expect(access.ofToken(`${token}x`)).toBe(null);
    world.run("acl setuser mary off");
    expect(access.ofToken(token)).toBe(null);
    world.run("acl setuser mary on");
    expect(access.ofToken(token)?.name).toBe("mary");
    world.run("acl setuser mary <one");
    expect(access.ofToken(token)).toBe(null);
    const second = world.run("acl resttoken mary two") as string;
    world.run("acl deluser mary");
    world.run("acl setuser mary on >two");
    expect(access.ofToken(second)).toBe(null);
  });

  test("a user without a password has no tokens: who may only read does not become who may all", () => {
    const world = new CommandWorld();
    expect(world.run("acl resttoken default x")).toBe("-ERR a user without a password has no REST tokens");
    world.run("acl setuser mary on >one");
    const token = world.run("acl resttoken mary one") as string;
    world.run("acl setuser mary nopass");
    expect(world.dispatcher.access.ofToken(token)).toBe(null);
  });

  test("a user's oldest tokens make room for new ones", () => {
    const world = new CommandWorld();
    world.run("acl setuser mary on >x");
    const tokens = Array.from({ length: 17 }, () => {
      world.advance(1);
      return world.run("acl resttoken mary x") as string;
    });
    const valid = tokens.filter((token) => world.dispatcher.access.ofToken(token) !== null);
    expect(valid).toEqual(tokens.slice(1));
  });

  test("users survive FLUSHALL and are no keys", () => {
    const world = new CommandWorld();
    world.run("acl setuser u on");
    world.run("flushall");
    expect(world.run("acl users")).toEqual(["default", "u"]);
    expect(world.run("dbsize")).toBe(0);
    expect(world.run("select 16")).toBe("-ERR DB index is out of range");
  });
});

describe("users of several regions", () => {
  function regions() {
    const world = new EngineWorld();
    const [a, b] = [new CommandWorld({}, world.a), new CommandWorld({}, world.b)];
    return { world, a, b };
  }

  test("U1, U4: a user and its tokens made in one region hold in the other, and end there", () => {
    const { world, a, b } = regions();
    a.run("acl setuser u on >p +@all ~*");
    const token = a.run("acl resttoken u p") as string;
    world.sync();
    const client = b.connect();
    expect(b.run("auth u p", client)).toBe("+OK");
    expect(b.dispatcher.access.ofToken(token)?.name).toBe("u");
    a.run("acl setuser u -set");
    world.sync();
    b.run("acl setuser u -mget");
    world.sync();
    expect((a.run("acl list") as string[])[1]).toMatch(/ -set -mget$/u);
    expect(b.run("set k v", client)).toBe(noCommand("set"));
    a.run("acl deluser u");
    world.sync();
    b.advance(1);
    expect(b.killed).toEqual([client.id]);
    expect(b.dispatcher.access.ofToken(token)).toBe(null);
  });

  test("U2, U3: of two changes at once the later counts, whole; a delete loses to a change it has not seen", () => {
    const { world, a, b } = regions();
    a.run("acl setuser u on +get");
    world.sync();
    world.advance(10);
    a.run("acl setuser u +set");
    world.b.clock.advance(5);
    b.run("acl setuser u +del");
    world.sync();
    const text = "user u on sanitize-payload resetchannels -@all +get +del";
    expect([a, b].map((one) => (one.run("acl list") as string[])[1])).toEqual([text, text]);
    a.run("acl deluser u");
    b.run("acl setuser u off");
    world.sync();
    const off = text.replace(" on ", " off ");
    expect([a, b].map((one) => (one.run("acl list") as string[])[1])).toEqual([off, off]);
    expect(world.a.digest()).toBe(world.b.digest());
  });
});
