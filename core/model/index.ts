/** The public door `esl/model`: entities, and what is needed to declare fields of one's own. */
export { Address, addressKey, addressParts } from "./address.ts"
export { Country, Currency, Locale, Subdivision, Zone } from "./code.ts"
export { Consents, fold } from "./consent.ts"
export type { Consent, ConsentState, Decided } from "./consent.ts"
export { Customer } from "./customer.ts"
export { Decimal } from "./decimal.ts"
export { Phone } from "./e164.ts"
export { Email } from "./email.ts"
export { entity, extend, field, listOf, setOf } from "./entity.ts"
export type {
  ElementOf, Entity, FieldDeclaration, FieldSpec, KeyKind, ListSpec, MatchKey, MergeClass, PiiClass, Read, RecordOf,
  TypeOf
} from "./entity.ts"
export { Instant, LocalDate, PartialDate } from "./instant.ts"
export { Money } from "./money.ts"
export { Text, Word } from "./text.ts"
export { AnyValue, Bool, by, exact, Int, oneOf, Ref } from "./type.ts"
export type { ValueType } from "./type.ts"
export type { Json, Obs, Path, Value } from "./value.ts"
