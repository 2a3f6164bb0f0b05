import type { Position, Run } from "../../../crdt/list-position.ts";
import { Register } from "../../../crdt/register.ts";

/** An element: a register (LSET ‖ LSET: the later wins), and where it stands. Elements of a run share the run. */
export class ListElement extends Register implements Position {
  readonly run: Run;
  readonly offset: number;

  constructor({ run, offset }: Position) {
    super();
    this.run = run;
    this.offset = offset;
  }
}
