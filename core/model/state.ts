/** State machines: which states may follow a state (merge class M). */

/** Later states of the list may follow earlier ones; `back` names the ways back that are real. */
export const forward = <const S extends ReadonlyArray<string>>(
  states: S,
  back: { readonly [state in S[number]]?: ReadonlyArray<S[number]> } = {}
): { readonly [state: string]: ReadonlyArray<string> } => {
  const ways: { readonly [state: string]: ReadonlyArray<string> | undefined } = back
  return Object.fromEntries(states.map((state, at) => [state, [...states.slice(at + 1), ...(ways[state] ?? [])]]))
}
