/** Keeps a long run's memory modest. */
import { setFlagsFromString } from "node:v8"

/**
 * A run makes much and keeps little: left alone, the heap grows to several times of what is alive. Growing it in
 * smaller steps costs a little time for much less memory (`npm run bench` prints both). For a process of our own; a
 * host that embeds the engine decides for itself.
 */
export const modestMemory = (): void => setFlagsFromString("--heap-growing-percent=60")
