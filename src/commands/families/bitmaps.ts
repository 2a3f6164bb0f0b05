import { bitcount, bitpos, getbit, setbit } from "./bit-commands.ts";
import { bitfield, bitfieldRo } from "./bitfield-commands.ts";
import { bitop } from "./bitop-command.ts";

export const BITMAP_COMMANDS = [setbit, getbit, bitcount, bitpos, bitop, bitfield, bitfieldRo];
