/** Counts of commands, kept as plain numbers: a metrics library's counters would cost more than many a command. */
export class CommandTally {
  readonly #tallies = new Map<string, { ok: number; error: number; micros: number }>();

  readonly count = (command: string, micros: number, failed: boolean): void => {
    let tally = this.#tallies.get(command);
    if (tally === undefined) this.#tallies.set(command, (tally = { ok: 0, error: 0, micros: 0 }));
    if (failed) tally.error++;
    else tally.ok++;
    tally.micros += micros;
  };

  entries(): Iterable<readonly [string, { readonly ok: number; readonly error: number; readonly micros: number }]> {
    return this.#tallies;
  }
}
