/** Histories that once broke a law, and what was wrong. */
export const regressions: ReadonlyArray<{ readonly seed: number; readonly was: string }> = []
