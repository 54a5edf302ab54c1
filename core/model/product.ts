/** Product with its variants; a plain article is a product with one variant. */
import { entity, field, listOf } from "./entity.ts"
import type { ElementOf, Read, TypeOf } from "./entity.ts"
import { Decimal } from "./decimal.ts"
import { Gtin } from "./gtin.ts"
import { Instant } from "./instant.ts"
import { numberKey, oneKey, rowsAt } from "./key.ts"
import { Words } from "./label.ts"
import { Money } from "./money.ts"
import { Weight } from "./quantity.ts"
import { References } from "./reference.ts"
import { forward } from "./state.ts"
import { folded, Text, Word } from "./text.ts"
import { Bool, Int, oneOf, Properties, rowsOf } from "./type.ts"

const variant = {
  sku: field(Word, "L", "none", "Article number of the retailer; unique within one owner, not in the world."),
  gtin: field(Gtin, "L", "none", "Barcode number."),
  optionValues: field(Properties, "L", "none", "Value of each option, e.g. `{ Size: \"M\" }`."),
  weight: field(Weight, "L", "none", "Weight to ship."),
  price: field(Money, "O", "none", "Price in the list that everybody sees; other lists are in `prices`."),
  compareAt: field(Money, "O", "none", "Former price that is shown crossed out."),
  taxIncluded: field(Bool, "O", "none", "Whether `price` and `compareAt` contain tax."),
  cost: field(Money, "O", "secret", "What the retailer pays for it."),
  requiresShipping: field(Bool, "L", "none", "Has to be sent or handed over."),
  inventoryTracked: field(Bool, "L", "none", "Stock is counted."),
  position: field(Int, "L", "none", "Place among the variants."),
  custom: field(Properties, "L", "none", "Fields of the retailer's own.")
} as const

export type Variant = ElementOf<typeof variant>

const Variants = listOf("Variant", variant, {
  key: ({ sku, gtin }) => sku === undefined ? gtin && `gtin|${gtin}` : `sku|${folded(sku)}`,
  ordered: false
})

const price = {
  sku: field(Word, "I", "none", "Variant it is for; absent: every variant."),
  list: field(Word, "I", "none", "Price list, customer group or market."),
  amount: field(Money, "O", "none", "Price of one."),
  taxIncluded: field(Bool, "O", "none", "Whether `amount` and `compareAt` contain tax."),
  compareAt: field(Money, "O", "none", "Former price that is shown crossed out."),
  minQty: field(Decimal, "I", "none", "Smallest quantity it holds for; absent: 1."),
  validFrom: field(Instant, "I", "none", "Since when."),
  validTo: field(Instant, "O", "none", "Until when.")
} as const

export type Price = ElementOf<typeof price>

const Prices = listOf("Price", price, {
  key: ({ sku, list, amount, minQty, validFrom }) =>
    list === undefined
      ? undefined
      : [folded(list), folded(sku ?? ""), amount?.currency ?? "", minQty ?? "1", validFrom ?? ""].join("|"),
  ordered: false
})

const Categories = listOf("Category", {
  system: field(Text, "I", "none", "Whose categories: `store`, `gpc`, `google`, `unspsc`."),
  code: field(Text, "I", "none", "Code or path in that system."),
  label: field(Text, "L", "none", "Its name.")
}, { key: ({ system, code }) => code === undefined ? undefined : `${system ?? "store"}|${code}`, ordered: false })

const Options = listOf("Option", {
  name: field(Text, "I", "none", "What customers choose, e.g. `Size`."),
  values: field(rowsOf(Text), "L", "none", "What there is to choose."),
  position: field(Int, "L", "none", "Place among the options.")
}, { key: ({ name }) => name === undefined ? undefined : folded(name), ordered: false })

const Media = listOf("Medium", {
  url: field(Text, "I", "none", "Where it is."),
  alt: field(Text, "L", "none", "What it shows, in words."),
  position: field(Int, "L", "none", "Place among the media.")
}, { key: ({ url }) => url, ordered: false })

const states = ["draft", "active", "discontinued", "archived"] as const
const reopened = { active: ["draft"], discontinued: ["active"], archived: ["draft", "active"] } as const

const fields = {
  refs: field(References, "A", "none", "Numbers of this product in other systems, where a system carries them itself."),
  type: field(oneOf("physical", "digital", "service", "gift_card", "bundle", "subscription"), "O", "none", "What it is."),
  status: field(oneOf(...states), "M", "none", "Where it stands in its life.", { next: forward(states, reopened) }),
  title: field(Text, "L", "none", "Name that customers read, in the retailer's own language."),
  description: field(Text, "L", "none", "Description in the retailer's own language; may hold markup."),
  brand: field(Text, "L", "none", "Brand or vendor."),
  categories: field(Categories, "S", "none", "Where it stands in the range."),
  options: field(Options, "S", "none", "What variants differ in."),
  tags: field(Words, "S", "none", "Free labels."),
  media: field(Media, "S", "none", "Pictures and films."),
  taxCategory: field(Text, "O", "none", "Code of the tax class."),
  variants: field(Variants, "S", "none", "What can be bought; a plain article has one."),
  prices: field(Prices, "S", "none", "Prices of further lists, groups, quantities and times.")
} as const

const families = {
  "title.": field(Text, "L", "none", "The name in another language, e.g. `title.fr`."),
  "description.": field(Text, "L", "none", "The description in another language.")
} as const

const ofVariants = (attribute: string, form: (text: string) => string | undefined) => (read: Read) => {
  const texts = rowsAt(read, "variants").map(({ [attribute]: text }) => typeof text === "string" ? text : undefined)
  return [...new Set(texts.flatMap((text) => oneKey(text, form)))]
}

export const Product = entity({
  name: "product",
  fields,
  families,
  keys: [
    { kind: "sku", paths: ["variants"], of: ofVariants("sku", numberKey) },
    { kind: "gtin", paths: ["variants"], of: ofVariants("gtin", (gtin) => gtin) }
  ]
})
export type Product = TypeOf<typeof Product>
