/**
 * Who and what the five systems speak of, before each of them wrote it down in its own way. Every person is
 * invented; e-mails end in example.com or example.org, phone numbers are reserved for fiction. The same seed
 * makes the same lists.
 */
export interface Person {
  readonly n: number
  readonly first: string
  readonly last: string
  readonly email: string
  /** Landline, in digits after the country code 49. */
  readonly phone: string
  readonly street: string
  readonly city: string
  readonly zip: string
}

export interface Article {
  readonly n: number
  readonly number: string
  readonly title: string
  readonly ean: string
  /** Cents, with 19 % tax. */
  readonly gross: number
  readonly brand: string
}

const given = "Anna,Ben,Clara,David,Emil,Frieda,Georg,Hanna,Ida,Jonas,Karl,Lena,Max,Nora,Otto,Paula,Rosa,Samuel,Theo,Vera,Zoë,Çelik,Björn,José,Siân".split(",")
const family = "Müller,Schmidt,Schneider,Fischer,Weber,Meyer,Wagner,Becker,Schulz,Hoffmann,Schäfer,Koch,Bauer,Richter,Klein,Wolf,Schröder,Neumann,von Humboldt,O'Brien,García Márquez,Weiß,Krüger,Öztürk".split(",")
const streets = "Lindenweg,Hauptstraße,Am Alten Markt,Bahnhofstr.,Gartenweg,Schillerstraße,Mühlgasse,Uferpromenade".split(",")
const towns: ReadonlyArray<readonly [zip: string, city: string]> = [
  ["10115", "Berlin"], ["20095", "Hamburg"], ["80331", "München"], ["50667", "Köln"], ["23552", "Lübeck"], ["01067", "Dresden"]
]
const areas = ["3023125", "6990009", "4066969", "8999998"]
const goods = "Kaffeemühle,Teekanne,Wanderrucksack,Regenjacke,Notizbuch,Füllhalter,Schreibtischlampe,Kochtopf,Brotkasten,Wolldecke".split(",")
const colours = "rot,blau,grün,schwarz,weiß,natur".split(",")
const brands = "Nordlicht,Alpenglück,Hansa,Kontor 7".split(",")

export const at = <A>(list: ReadonlyArray<A>, index: number): A => {
  const item = list[index % list.length]
  if (item === undefined) throw new Error("an empty list")
  return item
}

export const pad = (n: number, width: number): string => String(n).padStart(width, "0")

const ascii = (text: string): string =>
  text.replaceAll("ä", "ae").replaceAll("ö", "oe").replaceAll("ü", "ue").replaceAll("ß", "ss")
    .normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[^A-Za-z]/g, "").toLowerCase()

/** EAN-13 with its check digit, from the range for use inside a company (prefix 20). */
const eanOf = (n: number): string => {
  const body = `20${pad(n, 10)}`
  const sum = [...body].reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0)
  return body + String((10 - (sum % 10)) % 10)
}

export const people: ReadonlyArray<Person> = Array.from({ length: 240 }, (_, n) => {
  const first = at(given, n)
  const last = at(family, Math.floor(n / given.length) + n)
  const [zip, city] = at(towns, n * 7)
  return {
    n, first, last, zip, city,
    email: `${ascii(first)}.${ascii(last)}${n}@example.${n % 3 === 0 ? "org" : "com"}`,
    phone: at(areas, n) + pad(Math.floor(n / areas.length), 3),
    street: `${at(streets, n)} ${1 + (n * 13) % 90}`
  }
})

export const articles: ReadonlyArray<Article> = Array.from({ length: 60 }, (_, n) => ({
  n, number: `A-${pad(n, 4)}`, title: `${at(goods, n)} ${at(colours, n)}`, ean: eanOf(n),
  gross: 490 + 250 * (n % 20), brand: at(brands, n)
}))

/** Who is known where. Nobody is in one system alone by plan; most are in three or four of them. */
export const inErp = ({ n }: Person): boolean => n < 160
export const inShop = ({ n }: Person): boolean => n % 3 !== 0
export const inCrm = ({ n }: Person): boolean => n % 5 !== 4 && n < 200
export const inMarketing = ({ n }: Person): boolean => n % 4 !== 1
export const atTill = ({ n }: Person): boolean => n % 4 === 0

const dayMs = 24 * 60 * 60 * 1_000

/** So many days ago, at ten: the retailer's past is the same whenever the demo is run. */
export const daysAgo = (days: number): string =>
  `${new Date(Date.now() - days * dayMs).toISOString().slice(0, 10)}T10:00:00Z`
