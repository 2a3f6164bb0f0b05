import { fieldAdd, fieldPut, fieldRemove, type FieldAdd, type FieldPut, type FieldRemove } from "./field-operations.ts";
import { OP } from "./operation-kind.ts";

export type LimitPut = FieldPut<typeof OP.limitPut>;
/** Rights minted, spent, returned or given: amounts add up. */
export type LimitAdd = FieldAdd<typeof OP.limitAdd>;
export type LimitRemove = FieldRemove<typeof OP.limitRemove>;

export type LimitOperation = LimitPut | LimitAdd | LimitRemove;

export const LIMIT_PUT = fieldPut(OP.limitPut, "limit");
export const LIMIT_ADD = fieldAdd(OP.limitAdd, "limit");
export const LIMIT_REMOVE = fieldRemove(OP.limitRemove, "limit");
