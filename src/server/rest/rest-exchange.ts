import type { IncomingMessage, ServerResponse } from "node:http";
import { systemTimers } from "../../base/timers.ts";
import type { BinaryString } from "../../base/bytes.ts";
import { ClientSession, type ClientDoor } from "../../commands/client-session.ts";
import type { ReplyError } from "../../resp/reply-error.ts";
import type { Reply } from "../../resp/reply.ts";
import type { Access } from "./access-tokens.ts";
import { answerOf, endWith, formatOf, jsonAnswer, refusalAnswer, type Answer, type AnswerFormat } from "./answer.ts";
import { clientAddress, localAddress } from "./client-address.ts";
import { CommandRun } from "./command-run.ts";
import { ConfirmationWait } from "./confirmation-wait.ts";
import { CACHED_SHORTLY, PREFLIGHT, REPLAYED, STREAM_HEAD } from "./answer-heads.ts";
import { EventStream } from "./event-stream.ts";
import { parsePath, type PathRequest } from "./path-arguments.ts";
import { contentOf, type Turn } from "./remembered-answers.ts";
import type { RestDoor } from "./rest-door.ts";
import { one, seenBy } from "./request-headers.ts";
import { RestError } from "./rest-error.ts";
import { formOf, readCommands, type RestForm } from "./rest-request.ts";
import { readConcern, withConfirmations, type WriteConcern } from "./write-concern.ts";

const UNAUTHORIZED = "WRONGPASS invalid or missing auth token. Please check your configuration.";
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT"]);
const DEFECT = new RestError(500, "ERR internal error");

/** Nothing is pushed to who asks once. */
const unheard = (): void => {};

/** What the head of a request says of it. */
interface Asked {
  readonly path: PathRequest;
  readonly form: RestForm;
  readonly format: AnswerFormat;
  readonly access: Access;
  readonly concern: WriteConcern | null;
}

/**
 * The life of one request: method → path → rights → form and format → body → commands → wait for what its sync token has seen →
 * run → answer. Strangers are refused before their body is received. Callbacks and not promises: most requests are answered
 * in the turn in which the disk is done, and each promise between would cost more than the command. A request for a stream
 * leaves this road after its rights: its body is thrown away, and its answer ends when one of the two sides has enough.
 */
export class RestExchange {
  readonly #door: RestDoor;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #url: string;
  #isStale = false;
  /** It is the first with its idempotency key, and has not run yet. */
  #remembering: Extract<Turn, { kind: "runs" }> | null = null;
  /** What to stop when the client goes away. */
  #stop: (() => void) | null = null;

  constructor(door: RestDoor, request: IncomingMessage, response: ServerResponse, url: string) {
    this.#door = door;
    this.#request = request;
    this.#response = response;
    this.#url = url;
  }

  begin(): void {
    this.#guard(() => {
      const method = this.#request.method!;
      if (method === "OPTIONS") return this.#send({ status: 204, contentType: "", body: "" }, PREFLIGHT);
      if (!METHODS.has(method)) {
        throw new RestError(405, `ERR method ${method} is not allowed: use GET, HEAD, POST or PUT`);
      }
      const path = parsePath(this.#url);
      if (path.segments.length === 1 && path.segments[0] === "readyz") return this.#sendReadiness();
      if (path.segments.length === 1 && path.segments[0] === "regions") return this.#sendRegions();
      const asked = this.#ask(method, path);
      if (asked.form === "stream") return this.#stream(asked);
      if (method === "GET" || method === "HEAD") return this.#receive(asked, null);
      return this.#door.bodies.receive(this.#request, (body) => this.#guard(() => this.#receive(asked, body)));
    });
  }

  #ask(method: string, path: PathRequest): Asked {
    const { headers } = this.#request;
    const access = this.#door.tokens.find(headers.authorization, path.token);
    if (access === null) throw new RestError(401, UNAUTHORIZED);
    const form = formOf(method, path);
    const format = formatOf(one(headers["upstash-encoding"]), one(headers["upstash-response-format"]), form);
    const asksOthers = headers["x-antipode-write-concern"] !== undefined;
    const concern = asksOthers ? readConcern((name) => one(headers[name]), this.#door.confirmations) : null;
    return { path, form, format, access, concern };
  }

  #stream(asked: Asked): void {
    const { executor, limits, logger, streams, streamCut, answered, isDraining } = this.#door;
    this.#request.resume();
    if (isDraining) throw new RestError(503, "ERR the region stops: subscribe to another");
    const [argv] = readCommands(asked.form, asked.path, null, limits) as readonly [readonly BinaryString[]];
    const refusal = asked.access.quota.take(1);
    if (refusal !== null) throw refusal;
    const stream = new EventStream({
      executor,
      response: this.#response,
      argv,
      bytesMax: limits.streamBytesMax,
      logger,
      onOpen: () => {
        answered(200);
        this.#response.writeHead(200, this.#head(STREAM_HEAD));
      },
      onRefusal: ({ code, text }: ReplyError) => this.#fail(new RestError(400, `${code} ${text}`)),
      onCut: streamCut,
      onEnd: () => streams.delete(stream),
    });
    streams.add(stream);
    stream.begin(
      this.#session(asked.access, "stream", {
        push: (message) => stream.push(message),
        kill: () => stream.kill(),
      }),
    );
  }

  #receive(asked: Asked, body: Buffer | RestError | null): void {
    if (body instanceof RestError) throw body;
    const { limits, syncTokens } = this.#door;
    const commands = readCommands(asked.form, asked.path, body, limits);
    if (this.#isRemembered(asked, body, () => this.#receive(asked, body))) return;
    const refusal = asked.access.quota.take(commands.length);
    if (refusal !== null) throw refusal;
    const wanted = seenBy(this.#request.headers);
    if (wanted === null || syncTokens.isCovered(wanted)) {
      this.#run(asked, commands);
      return;
    }
    const stop = syncTokens.wait(wanted, limits.syncWaitMs, systemTimers, (isCovered) =>
      this.#guard(() => {
        if (!isCovered) this.#beStale();
        this.#run(asked, commands);
      }),
    );
    this.#whenGone(() => {
      stop();
      this.#abandon();
    });
  }

  /** Whether there is nothing to run: a request with this idempotency key has run, or runs. `again`: the other ran after all not. */
  #isRemembered({ access, form, format }: Asked, body: Buffer | null, again: () => void): boolean {
    const key = one(this.#request.headers["idempotency-key"]);
    if (key === undefined) return false;
    const content = contentOf([this.#url, `${form} ${format}`, body ?? ""]);
    const turn = this.#door.remembered.take(access.scope, key, content, (answer) =>
      this.#guard(() => (answer === null ? again() : this.#send(answer, REPLAYED))),
    );
    if (turn.kind === "runs") {
      this.#remembering = turn;
      return false;
    }
    if (turn.kind === "answered") this.#send(turn.answer, REPLAYED);
    else this.#whenGone(turn.stop);
    return true;
  }

  /** This region lacks what the client has seen: it says so, in the way the client asked for. */
  #beStale(): void {
    if (one(this.#request.headers["x-antipode-stale-policy"]) === "error") {
      const { region } = this.#door;
      throw new RestError(503, `ERR stale: region ${region} has not yet received what this client has seen`);
    }
    this.#isStale = true;
  }

  #run({ form, format, access, concern }: Asked, commands: readonly (readonly BinaryString[])[]): void {
    const { executor, gate, limits, runs } = this.#door;
    const session = this.#session(access, "rest", { push: unheard, kill: () => this.#request.socket.destroy() });
    const over = (): void => {
      runs.delete(run);
      executor.disconnected(session);
    };
    const run = new CommandRun({
      executor,
      gate,
      session,
      commands,
      atomic: form === "transaction",
      commandsPerTurnMax: limits.commandsPerTurnMax,
      onReplies: (replies: readonly Reply[]) => {
        over();
        const answer = answerOf(form, replies, format);
        if (concern === null) this.#sendFirst(answer);
        else this.#confirm(concern, run, session, answer);
      },
      onFailure: (error) => {
        over();
        this.#log(error);
        this.#sendFirst(refusalAnswer(DEFECT));
      },
    });
    run.start();
    if (run.isOver) return;
    runs.add(run);
    // What is to be remembered is brought to its end, whether or not anybody waits for it: the next one asks for its answer.
    if (this.#remembering !== null) return this.#whenGone(() => {});
    this.#whenGone(() => {
      run.cancel();
      over();
    });
  }

  /** Answers once enough other regions have it too. */
  #confirm(concern: WriteConcern, run: CommandRun, session: ClientSession, answer: Answer): void {
    const send = (confirmed: readonly string[] | null): void =>
      this.#guard(() => this.#sendFirst(withConfirmations(answer, concern, this.#door.region, confirmed)));
    if (run.isUnknown) return send(null);
    const wait = new ConfirmationWait(this.#door, session, concern, send);
    // As the run itself: what is to be remembered is brought to its end.
    if (!wait.isOver) this.#whenGone(this.#remembering === null ? () => wait.stop() : () => {});
  }

  #session({ user }: Access, door: ClientDoor, ways: Pick<ClientSession, "push" | "kill">): ClientSession {
    const { clock, nextClientId, proxies } = this.#door;
    return new ClientSession({
      id: nextClientId(),
      door,
      address: clientAddress(this.#request, proxies),
      localAddress: localAddress(this.#request),
      user,
      authenticated: true,
      connectedAtMs: clock.wallMs(),
      ...ways,
    });
  }

  /** From now on, what happens when the client goes away before its answer. */
  #whenGone(stop: () => void): void {
    if (this.#stop === null) {
      this.#response.on("close", () => {
        if (!this.#response.writableEnded) this.#stop?.();
      });
    }
    this.#stop = stop;
  }

  #sendReadiness(): void {
    const { region, readiness } = this.#door;
    const { ready, state, lagMs } = readiness();
    this.#send(jsonAnswer(ready ? 200 : 503, JSON.stringify({ region, state, lagMs: Math.round(lagMs) })));
  }

  #sendRegions(): void {
    this.#send(jsonAnswer(200, JSON.stringify(this.#door.regions())), CACHED_SHORTLY);
  }

  #send({ status, contentType, body, head: own }: Answer, more?: readonly string[]): void {
    const { answered, isDraining } = this.#door;
    const head = this.#head(own);
    if (more !== undefined) head.push(...more);
    if (status !== 204) head.push("content-type", contentType, "content-length", String(body.length));
    if (this.#isStale) head.push("x-antipode-stale", "1");
    if (isDraining) head.push("connection", "close");
    answered(status);
    this.#response.writeHead(status, head);
    endWith(this.#response, body);
  }

  #head(more?: readonly string[]): string[] {
    const { region, syncTokens } = this.#door;
    const head = [
      "x-region",
      region,
      "upstash-sync-token",
      syncTokens.issue(),
      "access-control-allow-origin",
      "*",
      "access-control-expose-headers",
      "*",
    ];
    if (more !== undefined) head.push(...more);
    return head;
  }

  #fail(error: unknown): void {
    this.#abandon();
    if (error instanceof RestError) {
      this.#send(refusalAnswer(error));
      return;
    }
    this.#log(error);
    if (this.#response.headersSent) this.#response.destroy();
    else this.#send(refusalAnswer(DEFECT));
  }

  #log(error: unknown): void {
    this.#door.logger.error("a REST request failed", { error: error instanceof Error ? error.stack : String(error) });
  }

  /** The answer of commands that have run, kept for who asks again with the same idempotency key. */
  #sendFirst(answer: Answer): void {
    this.#remembering?.finish(answer);
    this.#remembering = null;
    this.#send(answer);
  }

  /** Nothing has run: the next with this idempotency key begins anew. */
  #abandon(): void {
    const remembering = this.#remembering;
    this.#remembering = null;
    remembering?.abandon();
  }

  /** Nothing a client sends may end the process: what is thrown in a callback becomes this request's answer. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(error);
    }
  }
}
