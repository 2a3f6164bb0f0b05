/** Thrown through the machine to end a run that Lua cannot be trusted to end: nothing a script does catches it. */
export class RunEnded extends Error {
  override readonly name = "RunEnded";
  /** Where it was ended, `@user_script:3`; null: unknown. */
  readonly place: string | null;

  constructor(message: string, place: string | null) {
    super(message);
    this.place = place;
  }
}
