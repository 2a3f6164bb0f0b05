/** As much of a browser as sessions need: it keeps cookies, whatever the port. */
export class Browser {
  readonly #cookies = new Map<string, string>();

  cookie(name: string): string | undefined {
    return this.#cookies.get(name);
  }

  setCookie(name: string, value: string): void {
    this.#cookies.set(name, value);
  }

  async text(
    url: string,
    init: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<string> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { ...init, headers: { ...init.headers, cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(";").map((part) => part.trim());
      const at = pair!.indexOf("=");
      const [name, value] = [pair!.slice(0, at), pair!.slice(at + 1)];
      const ends = attributes.find((one) => /^expires=/iu.test(one))?.slice("expires=".length);
      const isOver = attributes.includes("Max-Age=0") || (ends !== undefined && Date.parse(ends) <= Date.now());
      if (isOver) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status}: ${text}`);
    return text;
  }

  async get(url: string): Promise<unknown> {
    return JSON.parse(await this.text(url));
  }

  async post(url: string, body: unknown): Promise<unknown> {
    const headers = { "content-type": "application/json" };
    return JSON.parse(await this.text(url, { method: "POST", headers, body: JSON.stringify(body) }));
  }
}
