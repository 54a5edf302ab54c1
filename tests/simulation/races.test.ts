/** Rare races, each brought about on purpose. */
import { describe, it } from "vitest"
import { races } from "./races.ts"

describe("races", () => {
  it.each(races)("%s", (_name, play) => play())
})
