/** For any value: where it came from, which rule let it win, what lost, and what each side shows (`esl explain`). */
import { Effect } from "effect"
import { HubStore } from "../hub/store.ts"
import type { StoreError } from "../hub/store.ts"
import type { PiiClass } from "../model/entity.ts"
import type { Path, Value } from "../model/value.ts"
import type { Conflict, Due, ExtId, Golden, GoldenId, Link, Side, Source } from "../sync/state.ts"
import type { Project } from "./project.ts"

export interface Explained {
  readonly entity: string
  readonly golden: GoldenId
  readonly state: Golden["state"]
  readonly version: number
  readonly links: ReadonlyArray<Pick<Link, "side" | "ext" | "status">>
  readonly fields: ReadonlyArray<ExplainedField>
  readonly due: ReadonlyArray<Due>
}

export interface ExplainedField {
  readonly path: Path
  readonly pii: PiiClass
  /** Null: cleared. */
  readonly value: Value | null
  /** Where it came from and the rule that let it win. */
  readonly source: Source | undefined
  readonly pinned: boolean
  /** What each side showed last, in its own words. */
  readonly shown: ReadonlyArray<{ readonly side: Side; readonly ext: ExtId; readonly value: Value | null }>
  /** What lost, or waits for a person, newest first. */
  readonly conflicts: ReadonlyArray<Conflict>
}

export type Asked =
  | { readonly golden: GoldenId }
  | { readonly key: string }
  | { readonly ext: ExtId; readonly side?: Side }

export const explain = Effect.fn("explain")(function*(
  project: Project, entity: string, asked: Asked, field?: Path
): Effect.fn.Return<ReadonlyArray<Explained>, StoreError, HubStore> {
  const store = yield* HubStore
  const found = yield* store.find(entity, asked)
  const spec = project.syncs.find((sync) => sync.entity.name === entity)?.entity
  const explained: Array<Explained> = []
  for (const { golden, links, due } of found) {
    const conflicts = yield* store.conflicts({ golden: golden.id })
    const paths = new Set([...Object.keys(golden.from), ...Object.keys(golden.values)])
    explained.push({
      entity,
      golden: golden.id,
      state: golden.state,
      version: golden.ver,
      links: links.map(({ side, ext, status }) => ({ side, ext, status })),
      due,
      fields: [...paths].filter((path) => field === undefined || path === field).sort().map((path) => ({
        path,
        pii: spec?.field(path)?.pii ?? "personal",
        value: golden.values[path] ?? null,
        source: golden.sources[golden.from[path] ?? -1],
        pinned: golden.pinned?.includes(path) === true,
        shown: links.flatMap((link) => {
          const pair = link.shadow[path]
          return pair === undefined ? [] : [{ side: link.side, ext: link.ext, value: pair.r }]
        }),
        conflicts: conflicts.filter((conflict) => conflict.path === path).toSorted((a, b) => b.at - a.at)
      }))
    })
  }
  return explained
})
