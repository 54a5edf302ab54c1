/** The door of `esl/mapping`: the kit and its codecs. */
export * from "./codecs.ts"
export { mapping } from "./kit.ts"
export type { Mapped } from "./kit.ts"
export type { ColumnConstant, Draft, FieldsOf, Kit, RowKit } from "./draft.ts"
export { Rows } from "./mapping.ts"
export type { Field, Mapping, Patch, Record_, Reference, RowChange } from "./mapping.ts"
export { apply, rowKey } from "./patch.ts"
