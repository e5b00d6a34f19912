// Numbers in the format of their column.

/** Notion's names for currencies. @type {Record<string, string>} */
const CURRENCIES = {
  dollar: "USD", australian_dollar: "AUD", canadian_dollar: "CAD", singapore_dollar: "SGD", euro: "EUR", pound: "GBP", yen: "JPY", ruble: "RUB", rupee: "INR", won: "KRW",
  yuan: "CNY", real: "BRL", lira: "TRY", rupiah: "IDR", franc: "CHF", hong_kong_dollar: "HKD", new_zealand_dollar: "NZD", krona: "SEK", norwegian_krone: "NOK", mexican_peso: "MXN",
  rand: "ZAR", new_taiwan_dollar: "TWD", danish_krone: "DKK", zloty: "PLN", baht: "THB", forint: "HUF", koruna: "CZK", shekel: "ILS", chilean_peso: "CLP", philippine_peso: "PHP",
  dirham: "AED", colombian_peso: "COP", riyal: "SAR", ringgit: "MYR", leu: "RON", argentine_peso: "ARS", uruguayan_peso: "UYU", peruvian_sol: "PEN",
};

/** @param {number} value @param {string} format */
export function numberInFormat(value, format) {
  if (format === "percent") {
    return value.toLocaleString("en", { style: "percent", maximumFractionDigits: 2 });
  }
  const currency = CURRENCIES[format];
  if (currency) {
    return value.toLocaleString("en", { style: "currency", currency, ...(Number.isInteger(value) ? { maximumFractionDigits: 0 } : {}) });
  }
  return value.toLocaleString("en", { maximumFractionDigits: 10, useGrouping: format !== "number" });
}

/** What a number's format means for whoever types one. @param {string} format */
export function formatHelp(format) {
  if (format === "percent") {
    return "A share of one: 0.25 is 25 %.";
  }
  return CURRENCIES[format] ? `In ${CURRENCIES[format]}.` : null;
}
