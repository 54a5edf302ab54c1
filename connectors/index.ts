/** The public door `esl/connectors`: every connector's declaration. None of them loads a driver before it is opened. */
export { sql } from "./sql/index.ts"
export type { ChildOptions, JoinOptions, SqlConnection, SqlOptions, TableOptions } from "./sql/index.ts"
