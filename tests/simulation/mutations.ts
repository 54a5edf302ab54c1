/** Every rule of SEMANTICS 0.5 and R1 to R12, each with the edit of the product's text that removes it. */
import type { Law } from "./oracle.ts"

export interface Edit {
  readonly file: string
  /** Must be in the file exactly once. */
  readonly find: string
  readonly replace: string
}

export interface Mutation {
  readonly rule: string
  /** What goes wrong without it, in words. */
  readonly without: string
  readonly edits: ReadonlyArray<Edit>
  /** Laws, any of which may be the one that breaks. */
  readonly breaks: ReadonlyArray<Law>
  /** The histories in which it was seen to break: first seed and how many. */
  readonly seeds: { readonly from: number; readonly count: number }
}

export const mutations: ReadonlyArray<Mutation> = []
