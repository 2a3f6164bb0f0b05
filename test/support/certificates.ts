import { execFileSync } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** An authority of its own and certificates for 127.0.0.1 and localhost, made by openssl in a directory. */
export class Certificates {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
    writeFileSync(this.path("names"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
    this.#openssl("req", "-x509", ...FRESH, "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem");
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Makes NAME.pem and NAME.key, in the place of those that are there. `subject`: its common name. */
  issue(
    name: string,
    subject = name,
  ): { readonly certificate: string; readonly key: string; readonly authority: null } {
    const [key, pem] = [`${name}.key`, `${name}.pem`];
    this.#openssl("req", ...FRESH, "-subj", `/CN=${subject}`, "-keyout", `${key}.new`, "-out", `${name}.csr`);
    const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names"];
    this.#openssl("x509", "-req", "-in", `${name}.csr`, ...signed, "-out", `${pem}.new`);
    for (const file of [key, pem]) renameSync(this.path(`${file}.new`), this.path(file));
    return { certificate: this.path(pem), key: this.path(key), authority: null };
  }

  #openssl(...words: string[]): void {
    execFileSync("openssl", words, { cwd: this.directory, stdio: "ignore" });
  }
}

const FRESH = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
